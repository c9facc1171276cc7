import type { ParfocalError, RunResult } from "@parfocal/core";
import type { ObjectSummary } from "@parfocal/io";
import type { OutputPlan } from "../inputs/plan-outputs.ts";

/** One image that was segmented, with its results on disk. */
export interface Success {
  readonly input: string;
  readonly outputs: OutputPlan;
  readonly result: RunResult;
  readonly objects: ObjectSummary;
  /** What reading the file had to guess. */
  readonly notes: readonly string[];
  /** Small copy of the overlay, PNG, where one was asked for. */
  readonly thumbnail?: Uint8Array;
  readonly shape: readonly number[];
  readonly axes: string;
  /** Waiting for Python to start and load the model, milliseconds; part of `elapsedMs`. */
  readonly startMs: number;
  /** From the image being read to its result, milliseconds. */
  readonly elapsedMs: number;
}

/** One image whose results were there before. */
export interface Skipped {
  readonly input: string;
  readonly outputs: OutputPlan;
  /** What was found then. */
  readonly skipped: ObjectSummary;
  readonly warnings: readonly string[];
}

/** One image that came to nothing, and why. */
export interface Failure {
  readonly input: string;
  /** Where its record would be; absent for what is no image. */
  readonly run?: string;
  readonly error: ParfocalError;
}

/** What became of one input. */
export type Outcome =
  | ({ readonly error?: undefined; readonly skipped?: undefined } & Success)
  | ({ readonly error?: undefined } & Skipped)
  | ({ readonly skipped?: undefined } & Failure);
