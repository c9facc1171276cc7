import type { DType, Image, Labels } from "./array.ts";

/** How a call went, in milliseconds of one monotonic clock. The parts never add up to more than `totalMs`. */
export interface Timing {
  /** Waiting for the worker to become free. */
  readonly queueMs: number;
  /** Writing inputs, sending messages, reading outputs. */
  readonly transferMs: number;
  /** Starting Python and loading the model, when this call had to wait for it; else 0. */
  readonly loadMs: number;
  /** Inside the model's own method. */
  readonly computeMs: number;
  readonly totalMs: number;
}

/** The device that the model really used, and why. */
export interface DeviceReport {
  /** "cpu", "cuda:0", "directml:0" or "mps". */
  readonly used: string;
  /** What the caller asked for, for example "auto". */
  readonly requested: string;
  /** Why this environment and device were chosen, for people. */
  readonly reason: string;
}

/** A weight file that a worker was given. */
export interface WeightsRecord {
  readonly name: string;
  readonly file: string;
  readonly sha256: string;
}

/** Everything that is needed to repeat a run, as plain JSON. */
export interface Provenance {
  readonly module: string;
  readonly version: string;
  /** sha256 of the lock file that the environment was built from. */
  readonly lockSha256: string;
  readonly environment: string;
  readonly profile: string;
  readonly accelerator: string;
  readonly python: string;
  readonly operation: "run" | "refine" | "measure";
  /** All parameters, defaults filled in, camelCase. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly device: DeviceReport;
  /** sha256 of the input's data bytes in C order. Computed only when asked for; else null. */
  readonly inputSha256: string | null;
  readonly input: { readonly axes: string; readonly shape: readonly number[]; readonly dtype: string };
  /** What core did to make the image fit the module, for example "added a z axis of length 1". */
  readonly adaptations: readonly string[];
  /** Weight files that core fetched for the worker: name of the set, name of the file, sha256. */
  readonly weights: readonly WeightsRecord[];
  /** What the worker says of itself: library versions, thresholds used, hashes of weights that it brought itself. */
  readonly worker: Readonly<Record<string, unknown>>;
}

/** Opaque handle of raw network output that the host keeps for `refine`. */
export interface RawHandle {
  readonly id: string;
  readonly bytes: number;
}

/** What every segmenter gives. */
export interface SegmenterOutputs {
  readonly labels: Labels;
}

/** What one run or refine gives. */
export type RunResult<O = SegmenterOutputs> = O & {
  readonly warnings: readonly string[];
  readonly timing: Timing;
  readonly device: DeviceReport;
  readonly provenance: Provenance;
  /** Present when the run was asked to keep its raw output. */
  readonly raw?: RawHandle;
};

/**
 * A result whose arrays are only lent: the worker gets their memory back with `release()`, at the end of a `using` block, or when nothing refers to
 * them any more. Afterwards `data` throws USAGE and a typed array that was taken from it is empty.
 */
export type LeasedResult<O = SegmenterOutputs> = RunResult<O> & Disposable & { release(): void };

/** An image that lies where workers read it. After `release()` its `data` throws USAGE. */
export interface SlotImage<D extends DType = DType> extends Image<D>, Disposable {
  release(): void;
}

/** Progress inside one run: tiles, planes or iterations. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  readonly message: string;
}

export interface RunOptions {
  /** Cancels the call: cooperatively, then by force. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Keep the raw network output on the host so that `refine` can be called. Default false. */
  readonly keepRaw?: boolean;
  /** Deadline of this call in milliseconds, queueing left out. Default: none. */
  readonly timeoutMs?: number;
  /** Compute `provenance.inputSha256`. Default false, since it reads the whole image once more. */
  readonly hashInput?: boolean;
  /**
   * Give the arrays as they lie in the worker's memory, without a copy; see {@link LeasedResult}. Default false: private arrays. Where slots
   * cannot be mapped the arrays are private all the same and end with `release`.
   */
  readonly lease?: boolean;
  /**
   * Arrays of your own to copy outputs into, by output name; for images of one size after another, which saves making new ones. Of the output's dtype
   * and at least its length, else a new one is made. The result's `data` is the start of it. Ignored with `lease`.
   */
  readonly into?: Readonly<Record<string, ArrayBufferView>>;
  /** Folder that receives the exchanged arrays as `.npy` and the messages as JSON. Default: none. */
  readonly keepFilesIn?: string;
}

/** One item of `map`: exactly one of `result` and `error` is there. */
export type MapItem<S, O = SegmenterOutputs> =
  | { readonly index: number; readonly source: S; readonly result: RunResult<O>; readonly error?: undefined }
  | {
      readonly index: number;
      readonly source: S;
      readonly error: import("../errors/parfocal-error.ts").ParfocalError;
      readonly result?: undefined;
    };

/** Options of a call for several images: their results are private, and keep nothing. */
export type BatchOptions = Omit<RunOptions, "keepRaw" | "lease" | "into" | "keepFilesIn">;

export interface MapOptions extends Omit<RunOptions, "keepRaw" | "lease" | "into"> {
  /** Items that are read ahead and in flight. Default 2, and with `batch` at least twice that. */
  readonly concurrency?: number;
  /**
   * Images that go to the model in one go at most, where it can do that (`runMany`): those of one shape, dtype and axes that wait when it becomes
   * free. When such a call fails, each of its images is run by itself, so that the failure is that of one. Not with `keepFilesIn`. Default 1.
   */
  readonly batch?: number;
}

/** What `map` takes: images, or things that turn into images when their turn comes. */
export type ImageSource = Image | (() => Promise<Image>);
