import { bytesPerElement } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { damaged } from "./damaged.ts";
import { decodeBlock } from "./decode-block.ts";
import type { Page } from "./page.ts";
import { compressions } from "./tags.ts";

/** Blocks that are decoded at the same time. */
const blocksAtOnce = 8;

/**
 * Reads the pixels of a page in native byte order.
 *
 * @param target as many bytes as the page takes, without the transparency of planar pages, which comes last
 */
export async function readPage(file: InputFile, page: Page, target: Uint8Array): Promise<void> {
  const planes = page.isPlanar ? page.samples - (page.hasAlpha ? 1 : 0) : 1;
  const across = Math.ceil(page.width / page.block.width);
  const perPlane = across * Math.ceil(page.height / page.block.height);
  const count = planes * perPlane;
  if (isPlain(page, count)) {
    await file.readInto(target, page.offsets[0]!);
    return;
  }
  for (let first = 0; first < count; first += blocksAtOnce) {
    const group = Array.from({ length: Math.min(blocksAtOnce, count - first) }, (_, index) => first + index);
    await Promise.all(group.map((index) => readBlock(index)));
  }

  async function readBlock(index: number): Promise<void> {
    const stored = await file.read(page.offsets[index]!, page.byteCounts[index]!);
    const at = index % perPlane;
    const top = Math.floor(at / across) * page.block.height;
    const left = (at % across) * page.block.width;
    const visible = {
      rows: Math.min(page.block.height, page.height - top),
      columns: Math.min(page.block.width, page.width - left),
    };
    const samples = page.isPlanar ? 1 : page.samples;
    const rows = page.block.isTile ? page.block.height : visible.rows;
    const decoded = await decodeBlock(stored, page, { rows, columns: page.block.width, samples }).catch((cause: Error) => {
      throw damaged(file, `${page.block.isTile ? "tile" : "strip"} ${index} of page ${page.index + 1}: ${cause.message}`, cause);
    });
    const pixel = samples * bytesPerElement(page.dtype);
    const plane = Math.floor(index / perPlane) * page.width * page.height * pixel;
    for (let row = 0; row < visible.rows; row += 1) {
      const from = row * page.block.width * pixel;
      target.set(decoded.subarray(from, from + visible.columns * pixel), plane + ((top + row) * page.width + left) * pixel);
    }
  }
}

/** True when the file holds the pixels exactly as they are wanted, one strip after the other. */
function isPlain(page: Page, count: number): boolean {
  if (page.compression !== compressions.none || page.predictor !== 1 || page.block.isTile || page.bits % 8 !== 0) return false;
  if (!page.isLittleEndian && page.bits !== 8) return false;
  for (let index = 1; index < count; index += 1) {
    if (page.offsets[index] !== page.offsets[index - 1]! + page.byteCounts[index - 1]!) return false;
  }
  const stored = page.byteCounts.slice(0, count).reduce((sum, bytes) => sum + bytes, 0);
  return stored === (page.width * page.height * page.samples * page.bits) / 8 && !(page.isPlanar && page.hasAlpha);
}
