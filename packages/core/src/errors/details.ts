import type { ErrorCode } from "./codes.ts";

/** What is known of a worker process that ended badly. */
export interface WorkerDeath {
  /** Exit code of the process, null when a signal ended it. */
  readonly exitCode: number | null;
  /** Signal that ended the process, for example "SIGKILL". */
  readonly signal: string | null;
  /** True when the kernel probably ended it for want of memory. */
  readonly oomSuspected: boolean;
  /** Last lines that the process wrote to stderr. */
  readonly stderrTail: readonly string[];
  /** Log file of this worker, null when none could be written. */
  readonly logPath: string | null;
}

/** A Python exception as the worker reported it. */
export interface PythonFailure {
  /** Exception class, for example "ValueError". */
  readonly pythonType: string;
  /** Whole traceback, newline separated. */
  readonly pythonTraceback: string;
  readonly stderrTail: readonly string[];
  readonly logPath: string | null;
}

/** What is known of a failed environment build, or of a failed lock. */
export interface BuildFailure {
  /** Step that failed: "uv", "python", "venv", "install", "probe", "publish"; "lock". */
  readonly step: string;
  /** Last lines of the tool's output. */
  readonly outputTail: readonly string[];
  /** Whole output of the build, null when it could not be written. */
  readonly logPath: string | null;
}

/** Every place that was looked at for a tool, and what was found there. */
export interface SearchedPlaces {
  readonly places: readonly { readonly place: string; readonly found: string }[];
}

/** A weight file that is not there or not right. */
export interface WeightFileFailure {
  /** Where it is published. */
  readonly url: string;
  /** Where it belongs on this machine. */
  readonly path: string;
}

/** Extra fields by error code; codes that are not listed carry none. */
export interface ErrorDetails {
  PARAMS_INVALID: { readonly issues: readonly { readonly param: string; readonly message: string }[] };
  MODULE_NOT_FOUND: { readonly name: string; readonly suggestions: readonly string[] };
  MODULE_AMBIGUOUS: { readonly name: string; readonly folders: readonly string[] };
  MODULE_INCOMPATIBLE: {
    /** Version of the contract that the module follows. */
    readonly manifestVersion: number;
    /** Versions that this core runs. */
    readonly oldest: number;
    readonly newest: number;
    /** Range of core's versions that the module's package asks for; null when it names none. */
    readonly wantedCore: string | null;
    readonly coreVersion: string;
  };
  ENV_UV_NOT_FOUND: SearchedPlaces;
  ENV_PYTHON_NOT_FOUND: SearchedPlaces;
  LOCK_FAILED: BuildFailure;
  ENV_NO_SPACE: { readonly neededBytes: number; readonly freeBytes: number; readonly folder: string };
  ENV_NETWORK: BuildFailure;
  ENV_TLS: BuildFailure;
  ENV_HASH_MISMATCH: BuildFailure;
  ENV_PERMISSION: BuildFailure;
  ENV_BUILD_FAILED: BuildFailure;
  ENV_PROBE_FAILED: BuildFailure;
  WORKER_START_FAILED: WorkerDeath & Partial<PythonFailure>;
  WORKER_CRASHED: WorkerDeath;
  WORKER_TIMEOUT: WorkerDeath & { readonly timeoutMs: number; readonly missedHeartbeats: number };
  PROTOCOL_ERROR: WorkerDeath;
  MODEL_ERROR: PythonFailure;
  OUT_OF_MEMORY: PythonFailure & { readonly where: "cpu" | "gpu" };
  WEIGHTS_MISSING: Partial<PythonFailure> & Partial<WeightFileFailure>;
  WEIGHTS_UNREACHABLE: WeightFileFailure & {
    /** Status that the server answered last; null when it did not. */
    readonly status: number | null;
    /** How often it was tried. */
    readonly attempts: number;
  };
  WEIGHTS_INVALID: Partial<PythonFailure> & Partial<WeightFileFailure>;
  INPUT_REJECTED: Partial<PythonFailure>;
}

export type DetailsOf<C extends ErrorCode> = C extends keyof ErrorDetails ? ErrorDetails[C] : undefined;
