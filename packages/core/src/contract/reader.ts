import type { DType, NdArray, PixelSize } from "./array.ts";
import type { MeasureOptions } from "./measure.ts";
import type { LiveWorker } from "./worker.ts";

/** One field of view of a file: a stage position, a scene, an image of a series. */
export interface SourcePosition {
  /** As the file calls it; empty when it does not. */
  readonly name: string;
  /** Of t, c, z, y, x those that the file has, in this order; ends with "yx". RGB samples are channels. */
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Names by index of axis c; empty when there is no such axis or the file names none. */
  readonly channels: readonly string[];
  /** Micrometres; axes of which the file says nothing are left out. */
  readonly pixelSize: PixelSize;
}

/** What a file says of itself. */
export interface SourceHeader {
  /** For people: "Nikon ND2". */
  readonly format: string;
  /** At least one. */
  readonly positions: readonly SourcePosition[];
  /** What the reader had to assume or leave out, for people. */
  readonly notes: readonly string[];
}

/** Rows and columns to read, in pixels: from the first, up to and without the second. */
export interface PlaneWindow {
  readonly y: readonly [start: number, stop: number];
  readonly x: readonly [start: number, stop: number];
}

/** One plane, by index from 0; what is left out is 0. */
export interface PlaneSelection {
  readonly position?: number;
  readonly t?: number;
  readonly c?: number;
  readonly z?: number;
  /** Default: the whole plane. */
  readonly window?: PlaneWindow;
}

/** A file that a reader knows. */
export interface OpenSource {
  /** Absolute path. */
  readonly path: string;
  readonly header: SourceHeader;
  /**
   * Reads one plane, or a window of one.
   *
   * @returns `[y, x]`, in the dtype of the file; float16 becomes float32.
   * @throws ParfocalError USAGE when there is no such plane or window; INPUT_REJECTED when the file is damaged; ...
   */
  read(selection?: PlaneSelection, options?: MeasureOptions): Promise<NdArray>;
  /** Lets the worker close the file. It may be read again afterwards. */
  close(): Promise<void>;
}

/** A warm worker of a module of kind "reader". It keeps a few files open, those read last. */
export interface Reader<P = Readonly<Record<string, unknown>>> extends LiveWorker {
  /**
   * Reads what a file says of itself; no pixels.
   *
   * @throws ParfocalError PARAMS_INVALID; INPUT_REJECTED when the file does not exist, is damaged or of another format; ...
   */
  open(path: string, params?: Partial<P>, options?: MeasureOptions): Promise<OpenSource>;
}
