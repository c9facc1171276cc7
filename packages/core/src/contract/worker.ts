import type { Image } from "./array.ts";
import type { Environment, EnvironmentOptions } from "./environment.ts";
import type { BatchOptions, ImageSource, LeasedResult, MapItem, MapOptions, RunOptions, RunResult } from "./run.ts";

/** cold: no process yet; broken: start failed too often in a row, stays so until closed. */
export type WorkerState = "cold" | "starting" | "ready" | "busy" | "draining" | "dead" | "broken";

export interface StartOptions<P = Readonly<Record<string, unknown>>> extends EnvironmentOptions {
  /** Parameters of stage "load"; they hold for the worker's life. */
  readonly params?: Partial<P>;
  /** Deadline for starting Python and loading the model, milliseconds. Default 300,000. */
  readonly startTimeoutMs?: number;
  /** How long a cancelled call may take to stop by itself before the process is ended, milliseconds. Default 2,000. */
  readonly cancelGraceMs?: number;
  /** Raw network outputs kept for refine, bytes in all. Default 1 GiB. */
  readonly rawLimitBytes?: number;
  /**
   * Repeat a call that ran out of a GPU's memory, also with smaller tiles, on the processor; the result's warnings say so. Starts a second
   * process, and builds its environment, when that happens for the first time. Default false.
   */
  readonly cpuFallback?: boolean;
  /** Folder that receives the exchanged arrays and messages of every call. */
  readonly keepFilesIn?: string;
}

/** What a warm worker of any kind has: one module, loaded once. A dead process is replaced at the next call. */
export interface LiveWorker extends AsyncDisposable {
  readonly state: WorkerState;
  /** Process id of the live Python process, null when there is none. */
  readonly pid: number | null;
  readonly environment: Environment;
  /** Log file of the live process, null when none could be written. */
  readonly logPath: string | null;
  /** Ends the process and frees its memory. Calls in flight fail with WORKER_CLOSED. Safe to call twice. */
  close(): Promise<void>;
}

/** A warm worker of a module of kind "segmenter". */
export interface Worker<P = Readonly<Record<string, unknown>>, O = { readonly labels: import("./array.ts").Labels }>
  extends LiveWorker {
  /**
   * Segments one image. Calls queue up and run one after another.
   * @throws ParfocalError PARAMS_INVALID, INPUT_REJECTED, MODEL_ERROR, OUT_OF_MEMORY, WORKER_CRASHED, WORKER_TIMEOUT, CANCELLED, ...
   */
  run(image: Image, params: Partial<P> | undefined, options: RunOptions & { readonly lease: true }): Promise<LeasedResult<O>>;
  run(image: Image, params?: Partial<P>, options?: RunOptions): Promise<RunResult<O>>;

  /**
   * Segments several images in one go of the network, where the model can do that (`predict_many` in its worker: Cellpose), else one after another.
   * Worth it where one image does not fill a GPU. Results are those of `run`, in the images' order; it fails as a whole.
   * @throws ParfocalError as `run`.
   */
  runMany(images: readonly Image[], params?: Partial<P>, options?: BatchOptions): Promise<RunResult<O>[]>;

  /**
   * Recomputes a result of `run({ keepRaw: true })` with other parameters of stage "post", without the network.
   * Parameters that are not given keep the value they had. A parameter of another stage that differs is PARAMS_INVALID.
   * @throws ParfocalError RAW_EXPIRED when the raw output is gone, NOT_SUPPORTED when the module cannot refine.
   */
  refine(result: RunResult<O>, params?: Partial<P>, options?: RunOptions): Promise<RunResult<O>>;

  /** Runs many images; results in order, errors per item, memory bounded by `concurrency`. */
  map<S extends ImageSource>(
    sources: Iterable<S> | AsyncIterable<S>,
    params?: Partial<P>,
    options?: MapOptions,
  ): AsyncIterable<MapItem<S, O>>;
}
