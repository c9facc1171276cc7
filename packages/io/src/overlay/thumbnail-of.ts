import { readImage } from "../read/read-image.ts";
import { createThumbnail } from "./thumbnail.ts";

/**
 * A small copy of an overlay that was written before.
 *
 * @param path PNG, grey or in colour
 * @param longest side of the copy, at most; smaller pictures keep their size
 * @returns PNG
 * @throws ParfocalError as {@link readImage}
 */
export async function thumbnailOf(path: string, longest: number): Promise<Uint8Array> {
  const { data, shape, axes } = await readImage(path);
  const [height, width] = shape as [number, number];
  const values = data as Uint8Array;
  const colours = axes === "yx" ? Uint8Array.from({ length: values.length * 3 }, (_, at) => values[Math.floor(at / 3)]!) : values;
  return createThumbnail({ data: colours, width, height, palette: null }, longest);
}
