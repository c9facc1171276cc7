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

/** Memory that is taken without asking how full the file is. */
const unquestioned = 2 ** 29;
/** Bytes of memory for one byte of the file beyond which an image is nearly empty, or made to fill the memory. */
const largestRatio = 256;

/**
 * Refuses a small file that becomes gigabytes, as decompression bombs do. A caller who says how many bytes may be taken gets them.
 *
 * @param bytes what would be in memory
 * @param stored bytes on the disk; a function may stop counting at what is enough
 * @throws ParfocalError INPUT_UNREADABLE
 */
export async function checkFullness(
  path: string,
  bytes: number,
  stored: number | ((enough: number) => Promise<number>),
  { shape, maxBytes }: { readonly shape: readonly number[]; readonly maxBytes: number | undefined },
): Promise<void> {
  if (maxBytes !== undefined || bytes <= unquestioned) return;
  const found = typeof stored === "number" ? stored : await stored(bytes / largestRatio);
  if (bytes <= found * largestRatio) return;
  throw unreadable(
    path,
    `the image (${shape.join(" x ")}) would take ${bytes} bytes of memory out of ${found} in the file: it is nearly empty, or made to fill the memory`,
    "crop it, or save it without compression; in code, give maxBytes",
  );
}
