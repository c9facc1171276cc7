import { npyReader } from "../npy/npy-reader.ts";
import { pngReader } from "../png/png-reader.ts";
import { tiffReader } from "../tiff/tiff-reader.ts";
import { foreignFormat } from "./foreign-formats.ts";
import type { ImageHeader, ImageReader, ReadImage, ReadOptions } from "./image-reader.ts";
import { type InputFile, openInputFile } from "./input-file.ts";
import { unreadable } from "./unreadable.ts";

/** Readers of this package: TIFF, PNG and `.npy`. Each loads its decoder when it first needs one. */
export const builtInReaders: readonly ImageReader[] = [tiffReader, pngReader, npyReader];

export interface ReadImageOptions extends ReadOptions {
  /** Readers to ask, in order. Default {@link builtInReaders}; add others' behind them. */
  readonly readers?: readonly ImageReader[];
}

const headBytes = 4096;

/**
 * Reads an image file. Its format is known by its content, not by its name.
 *
 * @returns pixels in C order with their axes and, where the file has it, the pixel size; `notes` say what was guessed or left out
 * @throws ParfocalError INPUT_NOT_FOUND; INPUT_UNREADABLE for damaged, cut off, empty, too large and unknown files; NPY_INVALID;
 *   INPUT_REJECTED when `axes` do not fit the file
 */
export async function readImage(path: string, options: ReadImageOptions = {}): Promise<ReadImage> {
  return withReader(path, options, (reader, file) => reader.read(file, options));
}

/**
 * Reads only the head of an image file: format, axes, shape, dtype, pixel size. The pixels may still turn out to be damaged.
 *
 * @throws ParfocalError as {@link readImage}
 */
export async function probeImage(path: string, options: ReadImageOptions = {}): Promise<ImageHeader> {
  return withReader(path, options, (reader, file) => reader.probe(file, options));
}

async function withReader<T>(
  path: string,
  { readers = builtInReaders }: ReadImageOptions,
  use: (reader: ImageReader, file: InputFile) => Promise<T>,
): Promise<T> {
  const file = await openInputFile(path);
  try {
    const head = await file.read(0, Math.min(headBytes, file.size));
    const reader = readers.find((candidate) => candidate.matches(head, path));
    if (reader === undefined) throw unknownFormat(path, head, readers);
    return await use(reader, file);
  } finally {
    await file.close();
  }
}

function unknownFormat(path: string, head: Uint8Array, readers: readonly ImageReader[]): Error {
  const foreign = foreignFormat(head);
  const names = readers.map(({ name }) => (name === "npy" ? ".npy" : name.toUpperCase())).join(", ");
  const what = foreign === null ? "it is not an image of a known format" : `it is ${foreign}, which is not read yet`;
  return unreadable(path, what, `export it as one of ${names}`);
}
