import type { ParfocalError, RunResult } from "@parfocal/core";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import type { LabelMeasures } from "./measure-labels.ts";

/** One image that was segmented, with its results on disk. */
export interface Success {
  readonly input: string;
  readonly outputs: OutputPlan;
  readonly result: RunResult;
  readonly measures: LabelMeasures;
  readonly shape: readonly number[];
  readonly axes: string;
  readonly elapsedMs: number;
}

/** What became of one input. */
export type Outcome = ({ readonly error?: undefined } & Success) | { readonly input: string; readonly error: ParfocalError };
