import { tags } from "./tags.ts";

/** One page as it lies in the file. */
export interface WrittenPage {
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: 16 | 32;
  readonly rowsPerStrip: number;
  readonly stripOffsets: readonly number[];
  readonly stripByteCounts: readonly number[];
  /** ImageDescription, ASCII; null for none. */
  readonly description: string | null;
  /** Pixels per unit in x and y, each as numerator and denominator. */
  readonly resolution: readonly [x: readonly [number, number], y: readonly [number, number]];
}

type Field = readonly [tag: number, type: "ascii" | "short" | "long" | "rational" | "long8", values: readonly number[] | string];
const typeNumbers = { ascii: 2, short: 3, long: 4, rational: 5, long8: 16 } as const;

/**
 * The directory of one page, grey, deflate, with the values that do not fit inline right behind it.
 *
 * @param start offset of the directory in the file; even
 * @param isBig BigTIFF, for files of 4 GiB and more
 * @param isLast false: the next directory follows directly
 */
export function encodeDirectory(page: WrittenPage, start: number, isBig: boolean, isLast: boolean): Buffer {
  const fields = fieldsOf(page, isBig);
  const entryBytes = isBig ? 20 : 12;
  const inlineBytes = isBig ? 8 : 4;
  const headBytes = isBig ? 8 : 2;
  const tableBytes = headBytes + fields.length * entryBytes + inlineBytes;
  const values = fields.map((field) => encodeValues(field));
  const outside = values.filter((value) => value.length > inlineBytes).reduce((sum, value) => sum + even(value.length), 0);
  const bytes = Buffer.alloc(even(tableBytes) + outside);
  const writeOffset = (value: number, at: number): void => {
    if (isBig) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUInt32LE(value, at);
  };
  if (isBig) bytes.writeBigUInt64LE(BigInt(fields.length), 0);
  else bytes.writeUInt16LE(fields.length, 0);
  let free = even(tableBytes);
  for (const [index, [tag, type, given]] of fields.entries()) {
    const at = headBytes + index * entryBytes;
    const value = values[index]!;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(typeNumbers[type], at + 2);
    writeOffset(type === "ascii" ? value.length : given.length / (type === "rational" ? 2 : 1), at + 4);
    const valueAt = at + 4 + inlineBytes;
    if (value.length <= inlineBytes) {
      value.copy(bytes, valueAt);
      continue;
    }
    writeOffset(start + free, valueAt);
    value.copy(bytes, free);
    free += even(value.length);
  }
  writeOffset(isLast ? 0 : start + bytes.length, headBytes + fields.length * entryBytes);
  return bytes;
}

function fieldsOf(page: WrittenPage, isBig: boolean): Field[] {
  const offset = isBig ? "long8" : "long";
  const [x, y] = page.resolution;
  return [
    [tags.newSubfileType, "long", [0]],
    [tags.imageWidth, "long", [page.width]],
    [tags.imageLength, "long", [page.height]],
    [tags.bitsPerSample, "short", [page.bitsPerSample]],
    [tags.compression, "short", [8]],
    [tags.photometricInterpretation, "short", [1]],
    ...(page.description === null ? [] : [[tags.imageDescription, "ascii", page.description] as const]),
    [tags.stripOffsets, offset, page.stripOffsets],
    [tags.samplesPerPixel, "short", [1]],
    [tags.rowsPerStrip, "long", [page.rowsPerStrip]],
    [tags.stripByteCounts, offset, page.stripByteCounts],
    [tags.xResolution, "rational", x],
    [tags.yResolution, "rational", y],
    // 1 is "no absolute unit": ImageJ names the unit in its description
    [tags.resolutionUnit, "short", [1]],
    [tags.software, "ascii", "parfocal"],
    [tags.sampleFormat, "short", [1]],
  ];
}

function encodeValues([, type, given]: Field): Buffer {
  if (typeof given === "string") return Buffer.from(`${given}\0`, "latin1");
  const width = type === "short" ? 2 : type === "long8" ? 8 : 4;
  const bytes = Buffer.alloc(given.length * width);
  for (const [index, value] of given.entries()) {
    if (width === 2) bytes.writeUInt16LE(value, index * 2);
    else if (width === 4) bytes.writeUInt32LE(value, index * 4);
    else bytes.writeBigUInt64LE(BigInt(value), index * 8);
  }
  return bytes;
}

const even = (value: number): number => value + (value % 2);
