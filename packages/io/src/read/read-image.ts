import type { ImageHeader, ImageSelection, ReadImage } from "./image-reader.ts";
import { openImage, type ReadImageOptions } from "./open-image.ts";

/** What to read of an image, and how. */
export interface ReadPartOptions extends ReadImageOptions, Omit<ImageSelection, "level"> {}

/**
 * Reads an image file, or the part of it that the options choose. Its format is known by its content, not by its name.
 *
 * @returns pixels in C order with their axes and, where the file has it, the pixel size; `notes` say what was guessed or left out
 * @throws ParfocalError INPUT_NOT_FOUND; INPUT_UNREADABLE for damaged, cut off, empty, too large and unknown files; NPY_INVALID;
 *   INPUT_REJECTED when `axes` do not fit the file, or it has no such part
 */
export async function readImage(path: string, options: ReadPartOptions = {}): Promise<ReadImage> {
  await using image = await openImage(path, options);
  return await image.read(options);
}

/**
 * Reads only the head of an image file: format, axes, shape, dtype, pixel size. The pixels may still turn out to be damaged.
 *
 * @throws ParfocalError as {@link readImage}
 */
export async function probeImage(path: string, options: ReadImageOptions = {}): Promise<ImageHeader> {
  const { read: _, close, path: __, hasWindows: ___, [Symbol.asyncDispose]: ____, ...header } = await openImage(path, options);
  await close();
  return header;
}
