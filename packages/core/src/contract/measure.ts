import type { Image, Labels } from "./array.ts";
import type { DeviceReport, Provenance, RunProgress, Timing } from "./run.ts";
import type { LiveWorker } from "./worker.ts";

/** One measured property of all objects. */
export interface TableColumn {
  /** As the library calls it: "label", "area", "centroid-0". Unique in a table. */
  readonly name: string;
  /** "um", "um2", ...; null for pixels, counts, intensities and ratios. */
  readonly unit: string | null;
  /** What the values are: whole numbers up to 2 ** 53, booleans as 0 and 1, or float64, where NaN is a value that an object does not have. */
  readonly type: "integer" | "boolean" | "float";
  /** One value for each object, in the order of the rows. */
  readonly values: Float64Array;
}

/** Objects and what was measured of them: a row for each object. */
export interface MeasureResult {
  readonly columns: readonly TableColumn[];
  /** Number of rows. */
  readonly objects: number;
  readonly warnings: readonly string[];
  readonly timing: Timing;
  readonly device: DeviceReport;
  /** Its `input` describes the labels. */
  readonly provenance: Provenance;
}

/** Where labels lie that are a window of larger ones. */
export interface MeasureWindow {
  /** First pixel of the window along each axis of the labels. */
  readonly origin: readonly number[];
  /** Lengths of the larger labels. */
  readonly shape: readonly number[];
}

export interface MeasureOptions {
  /** The labels and the image are a window; places and edges are those of the whole. Only for modules whose manifest says `windows`. */
  readonly window?: MeasureWindow;
  /** Cancels the call: cooperatively, then by force. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
  /** Deadline of this call in milliseconds, queueing left out. Default: none. */
  readonly timeoutMs?: number;
}

/** A warm worker of a module of kind "measurer". */
export interface Measurer<P = Readonly<Record<string, unknown>>> extends LiveWorker {
  /**
   * Measures every object of some labels. Calls queue up and run one after another.
   *
   * @param labels int32, 0 background, over spatial axes; ids need not be consecutive. Its pixel size counts where the image has none.
   * @param image intensities over the same spatial axes and lengths, with or without channels; null where only shapes are wanted.
   * @throws ParfocalError PARAMS_INVALID; NOT_SUPPORTED for a window that the module does not take; INPUT_REJECTED, also when image and labels do not fit together; MODEL_ERROR, WORKER_CRASHED, ...
   */
  measure(labels: Labels, image?: Image | null, params?: Partial<P>, options?: MeasureOptions): Promise<MeasureResult>;
}
