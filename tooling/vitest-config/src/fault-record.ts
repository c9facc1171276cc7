/** A row of the page `docs/reference/faults.md`. */
export interface Fault {
  /** What the fault is about; rows of one subject stand together. */
  readonly about: FaultSubject;
  /** What goes wrong, for example "the worker is killed during a call". */
  readonly what: string;
  /** What came of it, as the test saw it. The same in every run: no process ids, paths or times. */
  readonly outcome: string;
}

/** In the order of the page. */
export const faultSubjects = [
  "Calls and workers",
  "Pools",
  "Data and slots",
  "Environments",
  "Weights",
  "Files",
  "Daemon",
] as const;
export type FaultSubject = (typeof faultSubjects)[number];
