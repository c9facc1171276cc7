import { bytesPerElement } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { damaged } from "./damaged.ts";
import { decodeBlock } from "./decode-block.ts";
import type { Page } from "./page.ts";
import { compressions } from "./tags.ts";

/** Blocks that are decoded at the same time. */
const blocksAtOnce = 8;

/** A part of a page: a window, and which of the planes of a planar page. */
export interface PagePart {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
  readonly planes: readonly number[];
}

/** All of a page but the transparency of a planar one, which comes last. */
export function wholePage(page: Page): PagePart {
  const planes = page.isPlanar ? page.samples - (page.hasAlpha ? 1 : 0) : 1;
  const { width, height } = page;
  return { top: 0, left: 0, width, height, planes: Array.from({ length: planes }, (_, plane) => plane) };
}

/**
 * Reads the pixels of a page in native byte order.
 *
 * @param target as many bytes as the part takes
 */
export async function readPage(file: InputFile, page: Page, target: Uint8Array, part = wholePage(page)): Promise<void> {
  const { block } = page;
  const across = Math.ceil(page.width / block.width);
  const perPlane = across * Math.ceil(page.height / block.height);
  const isWhole =
    part.width === page.width && part.height === page.height && part.planes.length === wholePage(page).planes.length;
  if (isWhole && isPlain(page, part.planes.length * perPlane)) {
    await file.readInto(target, page.offsets[0]!);
    return;
  }
  const samples = page.isPlanar ? 1 : page.samples;
  const pixel = samples * bytesPerElement(page.dtype);
  const [bottom, right] = [part.top + part.height, part.left + part.width];
  const blocks = [...blocksIn()];
  for (let first = 0; first < blocks.length; first += blocksAtOnce) {
    await Promise.all(blocks.slice(first, first + blocksAtOnce).map(readBlock));
  }

  /** Blocks that the part touches. */
  function* blocksIn() {
    for (const [at, plane] of part.planes.entries()) {
      for (let row = Math.floor(part.top / block.height); row * block.height < bottom; row += 1) {
        for (let column = Math.floor(part.left / block.width); column * block.width < right; column += 1) {
          yield {
            index: plane * perPlane + row * across + column,
            at,
            blockTop: row * block.height,
            blockLeft: column * block.width,
          };
        }
      }
    }
  }

  async function readBlock({
    index,
    at,
    blockTop,
    blockLeft,
  }: {
    index: number;
    at: number;
    blockTop: number;
    blockLeft: number;
  }) {
    const rows = block.isTile ? block.height : Math.min(block.height, page.height - blockTop);
    const [from, to] = [Math.max(blockTop, part.top), Math.min(blockTop + rows, bottom)];
    const [start, end] = [Math.max(blockLeft, part.left), Math.min(blockLeft + block.width, right)];
    // of a strip that may be as large as the page only the rows that are wanted, where that can be
    const isDirect = page.compression === compressions.none && page.bits % 8 === 0;
    const rowBytes = (block.width * samples * page.bits) / 8;
    const skipped = isDirect ? from - blockTop : 0;
    const stored = isDirect
      ? await readRows(index, skipped * rowBytes, (to - from) * rowBytes)
      : await file.read(page.offsets[index]!, page.byteCounts[index]!);
    const size = { rows: isDirect ? to - from : rows, columns: block.width, samples };
    const decoded = await decodeBlock(stored, page, size).catch((cause: Error) => {
      throw damaged(file, `${block.isTile ? "tile" : "strip"} ${index} of page ${page.index + 1}: ${cause.message}`, cause);
    });
    const planeStart = at * part.height * part.width * pixel;
    for (let row = from; row < to; row += 1) {
      const source = ((row - blockTop - skipped) * block.width + (start - blockLeft)) * pixel;
      const place = planeStart + ((row - part.top) * part.width + (start - part.left)) * pixel;
      target.set(decoded.subarray(source, source + (end - start) * pixel), place);
    }
  }

  /** As many of the wanted bytes as the block has; what is missing is said when it is decoded. */
  function readRows(index: number, skipped: number, wanted: number): Promise<Uint8Array> {
    const length = Math.max(0, Math.min(wanted, page.byteCounts[index]! - skipped));
    return file.read(page.offsets[index]! + skipped, length);
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
