import type { NdArray } from "@parfocal/core";
import { checkSize } from "./check-size.ts";
import { choosePosition } from "./choose.ts";
import type { ImageHeader, PixelSource, ReadOptions } from "./image-reader.ts";
import type { InputFile } from "./input-file.ts";
import { checkNamedAxes } from "./name-axes.ts";
import { unreadable } from "./unreadable.ts";

/** An image of one position that can only be decoded as a whole. */
export interface WholeImage {
  readonly header: ImageHeader;
  decode(): Promise<NdArray["data"]>;
}

/** @throws ParfocalError INPUT_REJECTED when the axes or the position of the options do not fit it */
export function wholeImage(file: InputFile, { axes, position, maxBytes }: ReadOptions, image: WholeImage): PixelSource {
  choosePosition(file.path, [], position);
  const { shape, dtype } = image.header;
  if (axes !== undefined) checkNamedAxes(file.path, axes, shape);
  return {
    header: axes === undefined ? image.header : { ...image.header, axes },
    async readAll() {
      const bytes = checkSize(file.path, shape, dtype, maxBytes);
      const data = await image.decode();
      if (data.byteLength === bytes) return { data, shape, dtype };
      throw unreadable(file.path, `${data.byteLength} bytes of pixels came out, ${bytes} are needed`);
    },
  };
}
