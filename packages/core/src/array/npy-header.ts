import type { DType } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { bytesPerElement, dtypeOfNpyCode, npyCode } from "./dtype.ts";
import { elementCount } from "./nd-array.ts";

/** Bytes before the data in every file and slot that Parfocal writes: a `.npy` 1.0 header padded so that the data is 64-byte aligned. */
export const writtenHeaderBytes = 128;

/** Longest header that is read; numpy's own limit for a header that is parsed safely. */
const maxHeaderBytes = 10_000;

/** What a `.npy` header says, checked. */
export interface NpyHeader {
  /** dtype of the elements once read: float16 becomes float32. */
  readonly dtype: DType;
  /** Type code as stored, without byte order: "f2" for float16. */
  readonly code: string;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Offset of the first data byte. */
  readonly dataOffset: number;
  /** Bytes of the stored data. */
  readonly dataBytes: number;
}

/**
 * Parses the start of a `.npy` file, versions 1.0 to 3.0.
 *
 * @param head first bytes of the file, at least the whole header; 10 kB are always enough.
 * @param name what the bytes come from, for messages.
 * @throws ParfocalError NPY_INVALID naming the field that is wrong.
 */
export function parseNpyHeader(head: Uint8Array, name: string): NpyHeader {
  const { text, dataOffset } = headerText(head, name);
  const { descr, fortranOrder, shape } = parseDictionary(text, name);
  const match = /^([<>|=])([a-zA-Z])(\d+)(.*)$/.exec(descr);
  if (match === null) throw invalid(name, `descr '${descr}' is not an element type`);
  const code = `${match[2]}${match[3]}`;
  const dtype = match[4] !== "" ? null : code === "f2" ? "float32" : dtypeOfNpyCode(code);
  if (dtype === null)
    throw invalid(
      name,
      `descr '${descr}' (${kindName(match[2]!)}) is not supported`,
      "convert the array to integers or floats with numpy's astype",
    );
  const count = elementCount(shape);
  const dataBytes = count === null ? Number.NaN : count * (code === "f2" ? 2 : bytesPerElement(dtype));
  if (!Number.isSafeInteger(dataBytes)) throw invalid(name, `shape (${shape.join(", ")}) is too large`);
  return { dtype, code, littleEndian: match[1] !== ">", fortranOrder, shape, dataOffset, dataBytes };
}

const formatted = new Map<string, Uint8Array | null>();

/**
 * A `.npy` 1.0 header of exactly 128 bytes for an array in C order, little-endian; not to be changed. Null when the shape is too long to fit.
 */
export function formatNpyHeader(dtype: DType, shape: readonly number[]): Uint8Array | null {
  const key = `${dtype} ${shape.join()}`;
  let header = formatted.get(key);
  if (header === undefined) {
    if (formatted.size > 100) formatted.clear();
    header = makeHeader(dtype, shape);
    formatted.set(key, header);
  }
  return header;
}

function makeHeader(dtype: DType, shape: readonly number[]): Uint8Array | null {
  const code = npyCode(dtype);
  const order = bytesPerElement(dtype) === 1 ? "|" : "<";
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${code}', 'fortran_order': False, 'shape': (${sizes}), }`;
  if (text.length > writtenHeaderBytes - 11) return null;
  const header = Buffer.alloc(writtenHeaderBytes, 0x20);
  header.write("\x93NUMPY\x01\x00", "latin1");
  header.writeUInt16LE(writtenHeaderBytes - 10, 8);
  header.write(text, 10, "latin1");
  header[writtenHeaderBytes - 1] = 0x0a;
  return header;
}

function headerText(head: Uint8Array, name: string): { text: string; dataOffset: number } {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (bytes.length < 6 || bytes.toString("latin1", 0, 6) !== "\x93NUMPY")
    throw invalid(name, "the magic bytes of .npy are missing", "give a file written by numpy.save");
  if (bytes.length < 10) throw invalid(name, `the header is cut off after ${bytes.length} bytes`);
  const major = bytes[6]!;
  if (major < 1 || major > 3 || bytes[7] !== 0) throw invalid(name, `version ${major}.${bytes[7]} of .npy is not known`);
  const prefix = major === 1 ? 10 : 12;
  if (bytes.length < prefix) throw invalid(name, `the header is cut off after ${bytes.length} bytes`);
  const length = major === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  if (length > maxHeaderBytes) throw invalid(name, `header length ${length} is over ${maxHeaderBytes}`);
  if (prefix + length > bytes.length) throw invalid(name, `header length ${length} reaches beyond the end of the file`);
  const text = bytes.toString(major === 3 ? "utf8" : "latin1", prefix, prefix + length);
  return { text, dataOffset: prefix + length };
}

const entry = /\s*'(descr|fortran_order|shape)'\s*:\s*(?:'([^'\\]*)'|(True|False)|\(([\d\sL,]*)\))\s*(?:,|(?=\s*\}))/y;

function parseDictionary(text: string, name: string): { descr: string; fortranOrder: boolean; shape: readonly number[] } {
  const body = text.trim();
  if (!body.startsWith("{") || !body.endsWith("}")) throw invalid(name, "the header is no dictionary");
  const fields = new Map<string, string | boolean | readonly number[] | null>();
  let end = 1;
  entry.lastIndex = end;
  for (let match = entry.exec(body); match !== null; match = entry.exec(body)) {
    const [, key, word, flag, sizes] = match;
    if (fields.has(key!)) throw invalid(name, `${key} is given twice`);
    fields.set(key!, word ?? (flag === undefined ? parseShape(sizes!) : flag === "True"));
    end = entry.lastIndex;
  }
  const descr = fields.get("descr");
  const fortranOrder = fields.get("fortran_order");
  const shape = fields.get("shape");
  if (typeof descr !== "string") throw invalid(name, describeMissing(body, "descr", "a structured or damaged element type"));
  if (typeof fortranOrder !== "boolean") throw invalid(name, describeMissing(body, "fortran_order", "neither True nor False"));
  if (shape === null || typeof shape !== "object")
    throw invalid(name, describeMissing(body, "shape", "not a tuple of lengths from 0"));
  if (body.slice(end).trim() !== "}") throw invalid(name, "the header holds more than descr, fortran_order and shape");
  return { descr, fortranOrder, shape };
}

/** Lengths of a Python tuple; numbers of Python 2 end in L. Null when it is no tuple of whole numbers: `(3)` is none, `(3,)` is. */
function parseShape(inside: string): readonly number[] | null {
  if (inside.trim() === "") return [];
  const sizes = inside.split(",").map((size) => size.trim());
  if (sizes.length === 1) return null;
  if (sizes.at(-1) === "") sizes.pop();
  return sizes.every((size) => /^\d+L?$/.test(size)) ? sizes.map((size) => Number.parseInt(size, 10)) : null;
}

function describeMissing(body: string, key: string, wrong: string): string {
  return body.includes(`'${key}'`) ? `${key} is ${wrong}` : `${key} is missing from the header`;
}

function kindName(letter: string): string {
  const names: Record<string, string> = {
    O: "Python objects",
    V: "structured",
    S: "bytes",
    U: "text",
    a: "bytes",
    c: "complex",
    M: "dates",
    m: "time spans",
    f: "float",
    b: "bool",
  };
  return names[letter] ?? "unknown kind";
}

/** The error for a `.npy` that cannot be used. */
export function invalid(name: string, what: string, hint = "save the array again with numpy.save"): ParfocalError<"NPY_INVALID"> {
  return new ParfocalError("NPY_INVALID", `${name} is not a usable .npy file: ${what}`, { hint });
}
