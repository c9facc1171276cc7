import { encodePng, type Picture } from "../png/encode-png.ts";

/**
 * A small copy of a picture as PNG, each of its pixels the mean of a block.
 *
 * @param longest side of the copy, at most; smaller pictures keep their size
 */
export function createThumbnail(picture: Picture, longest: number): Promise<Buffer> {
  const step = Math.ceil(Math.max(picture.width, picture.height) / longest);
  const width = Math.max(1, Math.floor(picture.width / step));
  const height = Math.max(1, Math.floor(picture.height / step));
  const data = new Uint8Array(width * height * 3);
  const { palette } = picture;
  const pixels = step * step;
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 3) {
      let [red, green, blue] = [0, 0, 0];
      for (let row = y * step; row < (y + 1) * step; row += 1) {
        for (let at = row * picture.width + x * step, end = at + step; at < end; at += 1) {
          const colour = palette === null ? at * 3 : picture.data[at]! * 3;
          const from = palette ?? picture.data;
          red += from[colour]!;
          green += from[colour + 1]!;
          blue += from[colour + 2]!;
        }
      }
      data[to] = red / pixels;
      data[to + 1] = green / pixels;
      data[to + 2] = blue / pixels;
    }
  }
  return encodePng({ data, width, height, palette: null });
}
