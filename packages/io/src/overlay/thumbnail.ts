import { encodePng, type Picture } from "../png/encode-png.ts";

/** How much more a coloured pixel counts than a grey one, so that small copies of grey images still show outlines. */
const outlineWeight = 5;

/**
 * A small copy of a picture as PNG, each of its pixels the mean of a block, in which colours count more than grey.
 *
 * @param longest side of the copy, at most; smaller pictures keep their size
 */
export function createThumbnail(picture: Picture, longest: number): Promise<Buffer> {
  const step = Math.ceil(Math.max(picture.width, picture.height) / longest);
  const width = Math.max(1, Math.floor(picture.width / step));
  const height = Math.max(1, Math.floor(picture.height / step));
  const data = new Uint8Array(width * height * 3);
  const { palette } = picture;
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, to += 3) {
      let [red, green, blue, weights] = [0, 0, 0, 0];
      for (let row = y * step; row < (y + 1) * step; row += 1) {
        for (let at = row * picture.width + x * step, end = at + step; at < end; at += 1) {
          const colour = palette === null ? at * 3 : picture.data[at]! * 3;
          const from = palette ?? picture.data;
          const [r, g, b] = [from[colour]!, from[colour + 1]!, from[colour + 2]!];
          const weight = r !== g || g !== b ? outlineWeight : 1;
          red += r * weight;
          green += g * weight;
          blue += b * weight;
          weights += weight;
        }
      }
      data[to] = red / weights;
      data[to + 1] = green / weights;
      data[to + 2] = blue / weights;
    }
  }
  return encodePng({ data, width, height, palette: null });
}
