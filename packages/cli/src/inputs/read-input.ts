import type { ReadImage, ReadPartOptions } from "@parfocal/io";
import type { MicroscopeReaders } from "./microscope-readers.ts";

/**
 * Reads an image, with the readers of installed modules where the file's name is none of ours.
 *
 * @throws ParfocalError as `readImage`
 */
export async function readInput(path: string, reading: ReadPartOptions, microscopes: MicroscopeReaders): Promise<ReadImage> {
  const { isImageName, readImage } = await import("@parfocal/io");
  const readers = isImageName(path) ? null : await microscopes.load();
  return readImage(path, { ...reading, ...(readers !== null && { readers }) });
}
