import { promisify } from "node:util";
import { constants, crc32, deflate } from "node:zlib";

const compress = promisify(deflate);
/**
 * Runs of equal bytes and entropy codes alone. What the filter leaves of microscope images repeats nothing else: they come out 6 % larger than at zlib's
 * default, in a quarter of the time.
 */
const compression = { level: 1, strategy: constants.Z_RLE };
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** 8-bit pixels, row after row: places in a palette of RGB entries, or without one RGB itself. */
export interface Picture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly palette: Uint8Array | null;
}

/**
 * A PNG of an 8-bit picture. Rows are stored as differences to the row above, which photographs and flat areas both take well.
 *
 * @param picture its data are used up
 */
export async function encodePng({ data, width, height, palette }: Picture): Promise<Buffer> {
  const rowBytes = palette === null ? width * 3 : width;
  subtractRowsAbove(data, rowBytes);
  const rows = new Uint8Array((rowBytes + 1) * height);
  for (let y = 0, to = 0; y < height; y += 1) {
    rows[to] = y === 0 ? 0 : 2;
    rows.set(data.subarray(y * rowBytes, (y + 1) * rowBytes), to + 1);
    to += rowBytes + 1;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits, colour type 2 (RGB) or 3 (palette), and the only compression, filter and interlace methods
  header.set([8, palette === null ? 2 : 3, 0, 0, 0], 8);
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    ...(palette === null ? [] : [chunk("PLTE", palette)]),
    chunk("IDAT", await compress(rows, compression)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** From each byte the one above it. Four at a time where rows allow it: the highest bit of each byte keeps borrows from its neighbour. */
function subtractRowsAbove(data: Uint8Array, rowBytes: number): void {
  if (rowBytes % 4 > 0 || data.byteOffset % 4 > 0) {
    for (let at = data.length - 1; at >= rowBytes; at -= 1) data[at] = data[at]! - data[at - rowBytes]!;
    return;
  }
  const words = new Int32Array(data.buffer, data.byteOffset, data.length / 4);
  for (let at = words.length - 1, above = at - rowBytes / 4; above >= 0; at -= 1, above -= 1) {
    const a = words[at]!;
    const b = words[above]!;
    words[at] = ((a | 0x80808080) - (b & 0x7f7f7f7f)) ^ ((a ^ ~b) & 0x80808080);
  }
}

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
