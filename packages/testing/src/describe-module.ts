import type { Module } from "@parfocal/core";
import { describe } from "vitest";
import { describeCalls } from "./suite/calls.ts";
import { describeEnvironment } from "./suite/environment.ts";
import { describeImages } from "./suite/images.ts";
import { describeSample } from "./suite/sample.ts";

/** What the suite cannot know of a module by itself. */
export interface ConformanceOptions {
  /** Axes to try, of those that the manifest accepts, when the default model takes only some. Default: all. */
  readonly axes?: readonly string[];
  /** Parameters of stage "post" that change the sample's result, to prove that refine equals a run with them. */
  readonly refineParams?: Readonly<Record<string, unknown>>;
  /** A parameter out of its range, to prove that it is refused before Python hears of it. */
  readonly badParams: Readonly<Record<string, unknown>>;
}

/**
 * Declares the conformance suite for a module. It builds the module's environment for the CPU and starts real workers in it.
 *
 * @param module what `defineModule` or `readModule` gave.
 */
export function describeModule(module: Module<never, never> | Module, options: ConformanceOptions): void {
  const subject = module as Module;
  describe(`${subject.name} as a Parfocal module`, () => {
    describeEnvironment(subject);
    describeSample(subject, options);
    describeImages(subject, options);
    describeCalls(subject, options);
  });
}
