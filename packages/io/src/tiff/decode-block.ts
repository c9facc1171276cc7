import { inflateAtMost } from "../read/expand.ts";
import { expandLzw } from "./lzw.ts";
import type { Page } from "./page.ts";
import { compressions } from "./tags.ts";

/** Pixels of one strip or tile: how many rows and columns are stored, and how many samples lie side by side. */
export interface BlockSize {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
}

/**
 * The samples of one strip or tile in native byte order, row after row.
 *
 * @param stored the block as it lies in the file; not changed
 * @throws Error when it is damaged
 */
export async function decodeBlock(stored: Uint8Array, page: Page, size: BlockSize): Promise<Uint8Array> {
  const bytesPerSample = page.bits / 8;
  const rowBytes = Math.ceil(size.columns * size.samples * bytesPerSample);
  const expected = rowBytes * size.rows;
  const bytes = await decompress(stored, page.compression, expected);
  if (bytes.byteLength < expected) throw new Error(`${bytes.byteLength} bytes came out, ${expected} are needed`);
  if (page.bits % 8 !== 0 && page.predictor !== 1)
    throw new Error(`predictor ${page.predictor} with ${page.bits} bits is not known`);
  if (page.bits % 8 !== 0) return unpackBitFields(bytes, page.bits, rowBytes, size);
  // a copy that starts at an aligned address and may be written to
  const own = new Uint8Array(expected);
  own.set(bytes.subarray(0, expected));
  if (page.predictor === 3) return joinFloats(own, rowBytes, bytesPerSample, size);
  if (!page.isLittleEndian) swap(own, bytesPerSample);
  if (page.predictor === 2) addUp(own, bytesPerSample, size);
  else if (page.predictor !== 1) throw new Error(`predictor ${page.predictor} is not known`);
  return own;
}

async function decompress(stored: Uint8Array, compression: number, expected: number): Promise<Uint8Array> {
  if (compression === compressions.none) return stored;
  if (compression === compressions.packBits) return unpackBits(stored, expected);
  if (compression === compressions.lzw) return expandLzw(stored, expected);
  // some writers pad their blocks; a damaged one must not grow without end
  return inflateAtMost(stored, expected * 2 + 65_536);
}

/** PackBits, TIFF 6.0 section 9: a count, then that many bytes as they are or one byte to repeat. */
function unpackBits(stored: Uint8Array, expected: number): Uint8Array {
  const bytes = new Uint8Array(expected);
  let to = 0;
  for (let from = 0; from < stored.length && to < expected; ) {
    const count = (stored[from]! << 24) >> 24;
    from += 1;
    if (count === -128) continue;
    if (count < 0) {
      if (from >= stored.length) break;
      bytes.fill(stored[from]!, to, to + 1 - count);
      from += 1;
      to += 1 - count;
    } else {
      const literal = stored.subarray(from, from + count + 1);
      bytes.set(literal.subarray(0, expected - to), to);
      from += count + 1;
      to += literal.length;
    }
  }
  return bytes.subarray(0, Math.min(to, expected));
}

/** One or two bytes for each sample of fewer than 16 bits, which are packed from the highest bit on; each row starts at a whole byte. */
function unpackBitFields(bytes: Uint8Array, bits: number, rowBytes: number, { rows, columns, samples }: BlockSize): Uint8Array {
  const perRow = columns * samples;
  const values = bits < 8 ? new Uint8Array(rows * perRow) : new Uint16Array(rows * perRow);
  for (let at = 0; at < values.length; at += 1) {
    const bit = (at % perRow) * bits;
    const byte = Math.floor(at / perRow) * rowBytes + (bit >> 3);
    const three = (bytes[byte]! << 16) | ((bytes[byte + 1] ?? 0) << 8) | (bytes[byte + 2] ?? 0);
    values[at] = (three >> (24 - bits - (bit & 7))) & ((1 << bits) - 1);
  }
  return new Uint8Array(values.buffer);
}

/** Undoes differences along each row. */
function addUp(bytes: Uint8Array<ArrayBuffer>, bytesPerSample: number, { rows, columns, samples }: BlockSize): void {
  const row = columns * samples;
  if (bytesPerSample === 8) {
    const values = new BigUint64Array(bytes.buffer);
    for (let at = 0; at < values.length; at += 1) if (at % row >= samples) values[at]! += values[at - samples]!;
    return;
  }
  const kind = bytesPerSample === 1 ? Uint8Array : bytesPerSample === 2 ? Uint16Array : Uint32Array;
  const values = new kind(bytes.buffer);
  for (let start = 0; start < rows * row; start += row) {
    for (let at = start + samples; at < start + row; at += 1) values[at]! += values[at - samples]!;
  }
}

/**
 * Undoes the floating point predictor (Adobe Photoshop TIFF technical note 3): in each row the most significant bytes of all samples come
 * first, then the next ones, all as differences of bytes.
 */
function joinFloats(
  bytes: Uint8Array,
  rowBytes: number,
  bytesPerSample: number,
  { rows, columns, samples }: BlockSize,
): Uint8Array {
  const joined = new Uint8Array(bytes.byteLength);
  const count = columns * samples;
  for (let row = 0; row < rows; row += 1) {
    const start = row * rowBytes;
    for (let at = start + samples; at < start + rowBytes; at += 1) bytes[at]! += bytes[at - samples]!;
    for (let sample = 0; sample < count; sample += 1) {
      for (let byte = 0; byte < bytesPerSample; byte += 1) {
        joined[start + sample * bytesPerSample + (bytesPerSample - 1 - byte)] = bytes[start + byte * count + sample]!;
      }
    }
  }
  return joined;
}

function swap(bytes: Uint8Array, bytesPerSample: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytesPerSample === 2) buffer.swap16();
  if (bytesPerSample === 4) buffer.swap32();
  if (bytesPerSample === 8) buffer.swap64();
}
