const clearCode = 256;
const endCode = 257;
const largestTable = 4096;

/**
 * Expands LZW as TIFF 6.0 section 13 describes it: codes of 9 to 12 bits from the highest bit on, which grow one code early.
 *
 * @param length bytes that are wanted; what comes after them is ignored
 * @returns fewer bytes when the data ends before
 * @throws Error for a code that cannot stand where it does
 */
export function expandLzw(stored: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  // the string of a code is that of its prefix and one byte more, kept as a stretch of what has been written
  const starts = new Uint32Array(largestTable);
  const lengths = new Uint32Array(largestTable);
  let next = endCode + 1;
  let width = 9;
  let previous: { readonly start: number; readonly length: number } | null = null;
  let end = 0;
  for (let bit = 0; end < length && bit + width <= stored.length * 8; ) {
    const at = bit >>> 3;
    const three = (stored[at]! << 16) | ((stored[at + 1] ?? 0) << 8) | (stored[at + 2] ?? 0);
    const code = (three >>> (24 - width - (bit & 7))) & ((1 << width) - 1);
    bit += width;
    if (code === endCode) break;
    if (code === clearCode) {
      next = endCode + 1;
      width = 9;
      previous = null;
      continue;
    }
    if (code > next || (code === next && previous === null)) {
      throw new Error(`LZW code ${code} is not in the table of ${next}`);
    }
    const start = end;
    if (previous !== null && next < largestTable) {
      // prefix and the first byte of this string lie side by side already: this string is written right behind its prefix
      starts[next] = previous.start;
      lengths[next] = previous.length + 1;
      next += 1;
    }
    if (code < clearCode) {
      bytes[end] = code;
      end += 1;
    } else {
      // byte by byte: a string may reach into itself
      const stop = Math.min(length, end + lengths[code]!);
      for (let from = starts[code]!; end < stop; from += 1, end += 1) bytes[end] = bytes[from]!;
    }
    previous = { start, length: end - start };
    if (next >= (1 << width) - 1 && width < 12) width += 1;
  }
  return bytes.subarray(0, end);
}
