import type { Summary } from "./statistics.ts";

/** One row of a comparison: a way of doing it and how long it takes, milliseconds. */
export interface Row {
  readonly way: string;
  readonly ms: Summary;
}

/** What a benchmark found. */
export interface CaseResult {
  readonly name: string;
  /** What was compared and how, for the reference page. */
  readonly text: string;
  readonly rows: readonly Row[];
  /** Figures that the budget file limits, by its keys. */
  readonly figures: Readonly<Record<string, number>>;
}
