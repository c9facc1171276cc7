import type { Module, ModuleBase, Settings } from "@parfocal/core";
import { describe } from "vitest";
import { drawDiscs } from "./images.ts";
import { describeBehaviour } from "./suite/behaviour.ts";
import { describeCalls } from "./suite/calls.ts";
import { describeEnvironment } from "./suite/environment.ts";
import { describeImages } from "./suite/images.ts";
import { describeMeasurer, describeReader } from "./suite/kinds.ts";
import { describeParameters } from "./suite/parameters.ts";
import { describeSample } from "./suite/sample.ts";
import { createSubject } from "./suite/subject.ts";

/** What the suite cannot know of a module by itself. */
export interface ConformanceOptions {
  /** Parameters of any stage that everything is run with, for example the path of a weight file. Default: the module's defaults. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Device to run on. Default "cpu". */
  readonly device?: string;
  readonly settings?: Partial<Settings>;
  /** Axes to try, of those that the manifest accepts, when the default model takes only some. Default: all. */
  readonly axes?: readonly string[];
  /** Parameters of stage "post" that change the sample's result, to prove that refine equals a run with them. */
  readonly refineParams?: Readonly<Record<string, unknown>>;
  /** Parameters that must be refused before Python hears of them, beyond those that the schema's limits give. */
  readonly badParams?: Readonly<Record<string, unknown>>;
}

/**
 * Declares the conformance suite for a module. It builds the module's environment for the CPU and starts real workers in it.
 *
 * @param module what `defineModule` or `readModule` gave.
 */
export function describeModule(module: ModuleBase, options: ConformanceOptions = {}): void {
  describe(`${module.name} as a Parfocal module`, () => {
    switch (module.manifest.kind) {
      case "segmenter":
        return describeSegmenter(module as Module, options);
      case "measurer":
        return describeMeasurer(module, options);
      case "reader":
        return describeReader(module, options);
    }
  });
}

function describeSegmenter(module: Module, options: ConformanceOptions): void {
  const subject = createSubject(module, options);
  describeParameters(subject.module, options);
  describeEnvironment({ ...subject, call: (worker) => worker.run(drawDiscs({ axes: subject.axes[0]! })) });
  describeSample(subject, options);
  describeImages(subject);
  describeCalls(subject);
  describeBehaviour(subject.module, options);
}
