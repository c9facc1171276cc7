/** What came of one check. "skip" says that it does not apply here, and why; it is never a success. */
export interface ReportLine {
  readonly name: string;
  readonly status: "pass" | "fail" | "skip";
  /** What was found, or what is wrong with the next step after it. */
  readonly text: string;
}

/** What a module does on this machine. */
export interface ModuleReport {
  readonly module: string;
  readonly version: string;
  /** Date and time in UTC, ISO 8601. */
  readonly date: string;
  readonly machine: {
    readonly system: string;
    readonly processor: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly node: string;
  };
  readonly lines: readonly ReportLine[];
  /** Milliseconds: getting a worker ready, the first run, a second run in the same worker. Null for what was not reached. */
  readonly timings: { readonly startMs: number | null; readonly firstRunMs: number | null; readonly warmRunMs: number | null };
  /** True when no check failed. */
  readonly passed: boolean;
}

/** A check went wrong; the message says how. */
export class CheckFailure extends Error {}

/** This check does not apply; the message says why. */
export class CheckSkipped extends Error {}
