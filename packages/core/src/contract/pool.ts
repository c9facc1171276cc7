import type { Image, Labels } from "./array.ts";
import type { ImageSource, LeasedResult, MapItem, MapOptions, RunOptions, RunResult } from "./run.ts";
import type { StartOptions, WorkerState } from "./worker.ts";

export interface PoolOptions<P = Readonly<Record<string, unknown>>> extends StartOptions<P> {
  /** Processes at most. Default: one for each of `devices`, else 1. The first starts at once, the others when calls wait. */
  readonly workers?: number;
  /** Devices to give to the workers in turn, for example `["cuda:0", "cuda:1"]`. Default: `device` for all of them. */
  readonly devices?: readonly string[];
  /** Calls of all clients that may wait; one more is refused with BUSY, but for those of `map`, which waits. Default 64. */
  readonly queueLimit?: number;
}

/** Somebody who sends calls to a pool. Clients are served in turn, however many calls each has waiting. */
export interface PoolClient<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }> {
  /**
   * Segments one image on the first worker that is free.
   * @throws ParfocalError BUSY, INPUT_QUARANTINED, and what a worker's `run` throws. A call whose worker died is not repeated.
   */
  run(image: Image, params: Partial<P> | undefined, options: RunOptions & { readonly lease: true }): Promise<LeasedResult<O>>;
  run(image: Image, params?: Partial<P>, options?: RunOptions): Promise<RunResult<O>>;

  /** Runs many images; results in order, errors per item. `concurrency` is by default one more than there are workers: the next image is read meanwhile. */
  map<S extends ImageSource>(
    sources: Iterable<S> | AsyncIterable<S>,
    params?: Partial<P>,
    options?: MapOptions,
  ): AsyncIterable<MapItem<S, O>>;
}

/** Several warm workers of one module behind one bounded queue. */
export interface Pool<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>
  extends PoolClient<P, O>,
    AsyncDisposable {
  /** A client with a turn of its own. The same name is the same client. The pool's own `run` and `map` are the client "". */
  client(name: string): PoolClient<P, O>;
  /** As a worker's `refine`, on the worker that made the result. */
  refine(result: RunResult<O>, params?: Partial<P>, options?: RunOptions): Promise<RunResult<O>>;
  state(): PoolState;
  /** Takes no more calls, finishes those it has, then closes. */
  drain(): Promise<void>;
  /** Ends all processes. Calls that wait or run fail with WORKER_CLOSED. Safe to call twice. */
  close(): Promise<void>;
}

/** A pool at one moment, as plain data. */
export interface PoolState {
  readonly workers: readonly PoolWorkerState[];
  /** Calls that wait. */
  readonly waiting: number;
  readonly queueLimit: number;
  /** Inputs that are refused since each ended two workers. */
  readonly quarantined: number;
}

export interface PoolWorkerState {
  readonly state: WorkerState;
  /** What was asked for; null for the module's own choice. */
  readonly device: string | null;
  readonly pid: number | null;
  /** Calls that it was given and that are over, however they went. */
  readonly calls: number;
  /** Calls during which its process died. */
  readonly deaths: number;
}
