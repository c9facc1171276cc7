import { bytesPerElement, type DType, elementCount } from "@parfocal/core";
import { unreadable } from "./unreadable.ts";

const defaultMaxBytes = 2 ** 34;

/**
 * Bytes of an image in memory, checked before they are allocated.
 * @throws ParfocalError INPUT_UNREADABLE for a side of 0 and for more bytes than allowed
 */
export function checkSize(path: string, shape: readonly number[], dtype: DType, maxBytes = defaultMaxBytes): number {
  const size = shape.join(" x ");
  if (shape.includes(0)) throw unreadable(path, `the image has no pixels (${size})`, "give an image with at least one pixel");
  const count = elementCount(shape);
  const bytes = count === null ? Number.POSITIVE_INFINITY : count * bytesPerElement(dtype);
  if (bytes > maxBytes) {
    throw unreadable(
      path,
      `the image (${size}, ${dtype}) takes ${bytes} bytes, more than the limit of ${maxBytes}`,
      "crop or split the image, or raise maxBytes",
    );
  }
  return bytes;
}
