import type { OpenImage, ReadImage, ReadPartOptions } from "@parfocal/io";
import type { MicroscopeReaders } from "../inputs/microscope-readers.ts";

/**
 * Opens an image, with the readers of installed modules where the file's name is none of ours.
 *
 * @throws ParfocalError as `openImage`
 */
export async function openInput(path: string, reading: ReadPartOptions, microscopes: MicroscopeReaders): Promise<OpenImage> {
  const { isImageName, openImage } = await import("@parfocal/io");
  const readers = isImageName(path) ? null : await microscopes.load();
  return openImage(path, { ...reading, ...(readers !== null && { readers }) });
}

/**
 * Reads an image, with the readers of installed modules where the file's name is none of ours.
 *
 * @throws ParfocalError as `readImage`
 */
export async function readInput(path: string, reading: ReadPartOptions, microscopes: MicroscopeReaders): Promise<ReadImage> {
  await using image = await openInput(path, reading, microscopes);
  return await image.read(reading);
}
