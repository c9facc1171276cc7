import type { DType, Image, PixelSize } from "@parfocal/core";
import type { InputFile } from "./input-file.ts";

export interface ReadOptions {
  /** Axes of the file's dimensions in order, in place of what the file says or what would be guessed. */
  readonly axes?: string;
  /** Most bytes that the pixels may take in memory, checked before they are allocated. Default 16 GiB. */
  readonly maxBytes?: number;
}

/** What the head of an image file says. */
export interface ImageHeader {
  /** Name of the reader: "tiff", "png", "npy". */
  readonly format: string;
  readonly axes: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Micrometres by axis, left out when not known. */
  readonly pixelSize?: PixelSize;
  /** Planes in the file that belong to the image. */
  readonly pages: number;
  /** What had to be guessed or was left out, for people. */
  readonly notes: readonly string[];
}

/** An image and what had to be guessed or left out to read it, for people. */
export interface ReadImage extends Image {
  readonly notes: readonly string[];
}

/** Reads one family of formats. */
export interface ImageReader {
  readonly name: string;
  /** Lower case, with their dot. */
  readonly extensions: readonly string[];
  /** True when the file is one of this reader's, by its first bytes (up to 4096) wherever they tell. */
  matches(head: Uint8Array, path: string): boolean;
  /** Reads the head alone. */
  probe(file: InputFile, options: ReadOptions): Promise<ImageHeader>;
  read(file: InputFile, options: ReadOptions): Promise<ReadImage>;
}
