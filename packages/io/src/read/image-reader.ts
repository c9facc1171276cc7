import type { DType, Image, NdArray, PixelSize } from "@parfocal/core";
import type { InputFile } from "./input-file.ts";

/** Rows and columns to read, in pixels: from the first, up to and without the second. */
export interface ImageWindow {
  readonly y: readonly [start: number, stop: number];
  readonly x: readonly [start: number, stop: number];
}

/** Which part of an image to read. An axis that is chosen from is dropped; those that are not are kept whole. */
export interface ImageSelection {
  /** Name of a channel, or its index from 0. */
  readonly channel?: string | number;
  /** Index from 0. */
  readonly z?: number;
  /** Index from 0. */
  readonly t?: number;
  /** Joins the planes of axis z: the brightest value of each pixel, in the image's dtype, or their mean, in float32. */
  readonly project?: "max" | "mean";
  /** Default: the whole plane. In pixels of `level`. */
  readonly window?: ImageWindow;
  /** Level of a pyramid, 0 the full resolution (default). */
  readonly level?: number;
}

export interface ReadOptions {
  /** Axes of the file's dimensions in order, in place of what the file says or what would be guessed. */
  readonly axes?: string;
  /** Field of view of a file with several: its name, or its index from 0 (default). */
  readonly position?: string | number;
  /**
   * Most bytes that the pixels of one read may take in memory, checked before they are allocated. Default 16 GiB, and of more than 512 MiB at most
   * 256 bytes for each byte of the file.
   */
  readonly maxBytes?: number;
}

/** What the head of an image file says. */
export interface ImageHeader {
  /** Name of the format: "tiff", "png", "npy", "OME-Zarr 0.5", ... */
  readonly format: string;
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Micrometres by axis, left out when not known. */
  readonly pixelSize?: PixelSize;
  /** Names by index of axis c; left out where the file has none. */
  readonly channels?: readonly string[];
  /** Names of the fields of view, where the file has several. */
  readonly positions?: readonly string[];
  /** Lengths of y and x at each level of a pyramid, the full resolution first; left out where there is no pyramid. */
  readonly levels?: readonly { readonly y: number; readonly x: number }[];
  /** Planes in the file that belong to the image. */
  readonly pages: number;
  /** What had to be guessed or was left out, for people. */
  readonly notes: readonly string[];
}

/** An image and what had to be guessed or left out to read it, for people. */
export interface ReadImage extends Image {
  readonly notes: readonly string[];
  /** What was chosen when it was read; left out where nothing was. The same choice reads the same pixels again. */
  readonly reading?: Reading;
}

/** What a caller chose of an image. */
export type Reading = Pick<ReadOptions, "axes" | "position"> & ImageSelection;

/** An image that is open; its pixels are read when they are asked for. */
export interface OpenImage extends ImageHeader, AsyncDisposable {
  readonly path: string;
  /** True when a window is read without the rest of its plane. */
  readonly hasWindows: boolean;
  /**
   * Reads all pixels, or those that are chosen.
   *
   * @throws ParfocalError INPUT_REJECTED when the image has no such part; INPUT_UNREADABLE, NPY_INVALID when it is damaged
   */
  read(selection?: ImageSelection): Promise<ReadImage>;
  close(): Promise<void>;
}

/** Indices of the axes before those of a block, by letter. */
export type BlockIndex = Readonly<Partial<Record<"t" | "c" | "z", number>>>;

/** The pixels of an open image, as its reader gives them; what selections mean is not its business. */
export interface PixelSource {
  readonly header: ImageHeader;
  /** All pixels of the full resolution. */
  readAll(): Promise<NdArray>;
  /**
   * A window of one plane: `[y, x]`, or `[y, x, c]` where the axes end so. Left out where only all pixels can be read.
   *
   * @param index one for each other axis of the header
   */
  readBlock?(index: BlockIndex, window: ImageWindow, level: number): Promise<NdArray>;
  /** Bytes of the image on the disk. Left out where they are those of the file. */
  storedBytes?(enough: number): Promise<number>;
  close?(): Promise<void>;
}

/** Reads one family of formats. */
export interface ImageReader {
  readonly name: string;
  /** Lower case, with their dot. */
  readonly extensions: readonly string[];
  /** True when the file is one of this reader's, by its first bytes (up to 4096) wherever they tell. */
  matches(head: Uint8Array, path: string): boolean;
  /** Reads the head alone. The file stays open until the image is closed. */
  open(file: InputFile, options: ReadOptions): Promise<PixelSource>;
}
