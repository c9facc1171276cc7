import { promisify } from "node:util";
import { deflate } from "node:zlib";
import { writeAtomically } from "@parfocal/core";
import { encodeDirectory, type WrittenPage } from "./encode-directory.ts";

const compress = promisify(deflate);
const stripBytes = 1 << 18;
/** Strips that are compressed at the same time: as many as Node has threads for it. */
const stripsAtOnce = 4;
/** Files that could come near 4 GiB are written as BigTIFF. */
const bigFromBytes = 0xf000_0000;

/** Grey pages of one size. */
export interface Stack {
  readonly pages: number;
  readonly height: number;
  readonly width: number;
  readonly bitsPerSample: 16 | 32;
  /** Rows `from` to `to` of all pages one above the other, little-endian, row after row. */
  readonly rows: (from: number, to: number) => Uint8Array;
  /** ImageDescription of the first page. */
  readonly description: string;
  readonly resolution: WrittenPage["resolution"];
  /** BigTIFF. Default: when the pixels come near 4 GiB. */
  readonly isBig?: boolean;
}

/**
 * Writes grey pages as a multi-page TIFF, deflate in strips, directories at the end.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function writeStack(path: string, stack: Stack): Promise<void> {
  const rowBytes = (stack.width * stack.bitsPerSample) / 8;
  const rowsPerStrip = Math.max(1, Math.min(stack.height, Math.floor(stripBytes / rowBytes)));
  const isBig = stack.isBig ?? rowBytes * stack.height * stack.pages > bigFromBytes;
  await writeAtomically(path, async (file) => {
    const header = isBig ? bigHeader() : smallHeader();
    await file.append(header);
    let end = header.length;
    const pages: WrittenPage[] = [];
    for (let page = 0; page < stack.pages; page += 1) {
      const stripOffsets: number[] = [];
      const stripByteCounts: number[] = [];
      for (const group of groupsOf(stack.height, rowsPerStrip)) {
        const first = page * stack.height;
        for (const strip of await Promise.all(group.map(([from, to]) => compress(stack.rows(first + from, first + to))))) {
          stripOffsets.push(end);
          stripByteCounts.push(strip.length);
          await file.append(strip);
          end += strip.length;
        }
      }
      const description = page === 0 ? stack.description : null;
      pages.push({ ...stack, rowsPerStrip, stripOffsets, stripByteCounts, description });
    }
    if (end % 2 === 1) {
      await file.append(Buffer.alloc(1));
      end += 1;
    }
    if (isBig) header.writeBigUInt64LE(BigInt(end), 8);
    else header.writeUInt32LE(end, 4);
    await file.overwrite(header, 0);
    for (const [index, page] of pages.entries()) {
      const directory = encodeDirectory(page, end, isBig, index === pages.length - 1);
      await file.append(directory);
      end += directory.length;
    }
  });
}

/** Row ranges of a page's strips, in groups that are compressed together. */
function* groupsOf(height: number, rowsPerStrip: number): Generator<[from: number, to: number][]> {
  let group: [number, number][] = [];
  for (let from = 0; from < height; from += rowsPerStrip) {
    group.push([from, Math.min(height, from + rowsPerStrip)]);
    if (group.length === stripsAtOnce) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

function smallHeader(): Buffer {
  const header = Buffer.alloc(8);
  header.write("II");
  header.writeUInt16LE(42, 2);
  return header;
}

function bigHeader(): Buffer {
  const header = Buffer.alloc(16);
  header.write("II");
  header.writeUInt16LE(43, 2);
  header.writeUInt16LE(8, 4);
  return header;
}
