import { isUtf8 } from "node:buffer";
import type { InputFile } from "../read/input-file.ts";
import { damaged } from "./damaged.ts";
import { fieldTypes, tags } from "./tags.ts";

/** One image file directory: the fields of one page. */
export interface Directory {
  /** Place among all directories of the file, from 0. */
  readonly index: number;
  readonly isLittleEndian: boolean;
  /** Numbers of the field, empty when it is missing. Rationals are divided out. */
  numbers(tag: number): readonly number[];
  /** Text of an ASCII field, empty when it is missing. */
  text(tag: number): string;
}

/** More pages than any stack has; a damaged file could have any number. */
const maxDirectories = 1_000_000;
const maxFields = 4096;

/** What a caller wants to know of a directory; other fields are not read. */
const wanted: ReadonlySet<number> = new Set(Object.values(tags));

interface Layout {
  readonly isLittleEndian: boolean;
  readonly isBig: boolean;
  readonly first: number;
}

/** True for the first bytes of a TIFF or BigTIFF in either byte order. */
export function isTiff(head: Uint8Array): boolean {
  return ["II*\0", "MM\0*", "II+\0", "MM\0+"].includes(Buffer.from(head.subarray(0, 4)).toString("latin1"));
}

/**
 * All directories of a TIFF, in file order.
 * @throws ParfocalError INPUT_UNREADABLE naming the damaged field
 */
export async function readDirectories(file: InputFile): Promise<readonly Directory[]> {
  const layout = await readHeader(file);
  const directories: Directory[] = [];
  const seen = new Set<number>();
  for (let offset = layout.first; offset !== 0; ) {
    if (seen.has(offset)) throw damaged(file, `directory ${directories.length} leads back to an earlier one`);
    if (directories.length === maxDirectories) throw damaged(file, `there are more than ${maxDirectories} directories`);
    seen.add(offset);
    const { directory, next } = await readDirectory(file, layout, offset, directories.length);
    directories.push(directory);
    offset = next;
  }
  if (directories.length === 0) throw damaged(file, "there is no image in it");
  return directories;
}

/**
 * One directory that is not in the file's chain.
 *
 * @param index what messages call it
 * @throws ParfocalError INPUT_UNREADABLE naming the damaged field
 */
export async function readDirectoryAt(file: InputFile, offset: number, index: number): Promise<Directory> {
  return (await readDirectory(file, await readHeader(file), offset, index)).directory;
}

async function readHeader(file: InputFile): Promise<Layout> {
  const head = Buffer.from(await file.read(0, 8));
  const isLittleEndian = head[0] === 0x49;
  const isBig = (isLittleEndian ? head[2] : head[3]) === 43;
  if (!isBig) return { isLittleEndian, isBig, first: isLittleEndian ? head.readUInt32LE(4) : head.readUInt32BE(4) };
  const rest = Buffer.from(await file.read(8, 8));
  return { isLittleEndian, isBig, first: Number(isLittleEndian ? rest.readBigUInt64LE() : rest.readBigUInt64BE()) };
}

async function readDirectory(
  file: InputFile,
  layout: Layout,
  offset: number,
  index: number,
): Promise<{ directory: Directory; next: number }> {
  const { isBig, isLittleEndian } = layout;
  const unsigned = (bytes: Uint8Array, at: number, length: 2 | 4 | 8): number => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (length === 2) return view.getUint16(at, isLittleEndian);
    return length === 4 ? view.getUint32(at, isLittleEndian) : Number(view.getBigUint64(at, isLittleEndian));
  };
  const [countBytes, entryBytes, inlineBytes] = isBig ? ([8, 20, 8] as const) : ([2, 12, 4] as const);
  const count = unsigned(await file.read(offset, countBytes), 0, countBytes);
  if (count === 0 || count > maxFields) throw damaged(file, `directory ${index} has ${count} fields`);
  const table = (await file.read(offset + countBytes, count * entryBytes + inlineBytes)).slice();
  const fields = new Map<number, readonly number[] | string>();
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const tag = unsigned(table, at, 2);
    const type = fieldTypes[unsigned(table, at + 2, 2)];
    if (!wanted.has(tag) || type === undefined) continue;
    const values = unsigned(table, at + 4, inlineBytes);
    const bytes = values * type.bytes;
    if (bytes > file.size) throw damaged(file, `field ${nameOf(tag)} of directory ${index} has ${values} values`);
    const inline = at + 4 + inlineBytes;
    const stored =
      bytes <= inlineBytes
        ? table.subarray(inline, inline + bytes)
        : await file.read(unsigned(table, inline, inlineBytes), bytes);
    fields.set(tag, valuesOf(stored, type.name, isLittleEndian));
  }
  const directory: Directory = {
    index,
    isLittleEndian,
    numbers(tag) {
      const value = fields.get(tag);
      return typeof value === "object" ? value : [];
    },
    text(tag) {
      const value = fields.get(tag);
      return typeof value === "string" ? value : "";
    },
  };
  return { directory, next: unsigned(table, count * entryBytes, inlineBytes) };
}

function valuesOf(bytes: Uint8Array, type: string, isLittle: boolean): readonly number[] | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const all = (width: number, get: (at: number) => number): number[] =>
    Array.from({ length: Math.floor(bytes.byteLength / width) }, (_, index) => get(index * width));
  switch (type) {
    case "ascii":
      return textOf(bytes);
    case "short":
      return all(2, (at) => view.getUint16(at, isLittle));
    case "long":
    case "ifd":
      return all(4, (at) => view.getUint32(at, isLittle));
    case "rational":
      return all(8, (at) => view.getUint32(at, isLittle) / view.getUint32(at + 4, isLittle));
    case "srational":
      return all(8, (at) => view.getInt32(at, isLittle) / view.getInt32(at + 4, isLittle));
    case "sshort":
      return all(2, (at) => view.getInt16(at, isLittle));
    case "slong":
      return all(4, (at) => view.getInt32(at, isLittle));
    case "float":
      return all(4, (at) => view.getFloat32(at, isLittle));
    case "double":
      return all(8, (at) => view.getFloat64(at, isLittle));
    case "long8":
    case "ifd8":
    case "slong8":
      return all(8, (at) => Number(view.getBigUint64(at, isLittle)));
    default:
      return Array.from(bytes);
  }
}

/** Text up to its first zero. ImageJ on Windows writes the unit "µm" in latin-1. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  const text = Buffer.from(end < 0 ? bytes : bytes.subarray(0, end));
  return text.toString(isUtf8(text) ? "utf8" : "latin1");
}

function nameOf(tag: number): string {
  return Object.entries(tags).find(([, number]) => number === tag)?.[0] ?? String(tag);
}
