import type { DType, NdArray } from "../contract/array.ts";
import { bytesPerElement, typedArrayOver } from "./dtype.ts";
import { elementCount, transposeAxes } from "./nd-array.ts";
import { invalid, type NpyHeader, parseNpyHeader } from "./npy-header.ts";

/**
 * Reads a whole `.npy` file that lies in memory.
 *
 * float16 is widened to float32, bool becomes a Uint8Array of 0 and 1, big-endian data is swapped in place, Fortran order is turned into C order.
 *
 * @param bytes the file; the result may be a view of it.
 * @param name what the bytes come from, for messages.
 * @throws ParfocalError NPY_INVALID naming what is wrong with the file.
 */
export async function decodeNpy(bytes: Uint8Array<ArrayBuffer>, name: string): Promise<NdArray> {
  const header = parseNpyHeader(bytes, name);
  checkNpySize(header, bytes.byteLength, name);
  const data = bytes.subarray(header.dataOffset, header.dataOffset + header.dataBytes);
  const stored: NdArray = { data: await decodeData(data, header), shape: header.shape, dtype: header.dtype };
  if (!header.fortranOrder || header.shape.length < 2) return stored;
  const backwards = header.shape.map((_, axis) => header.shape.length - 1 - axis);
  return transposeAxes({ ...stored, shape: [...header.shape].reverse() }, backwards);
}

/** @throws ParfocalError NPY_INVALID when the file holds fewer or more bytes than its header says. */
export function checkNpySize(header: NpyHeader, fileBytes: number, name: string): void {
  const { dataOffset, dataBytes, shape, code } = header;
  if (dataOffset + dataBytes === fileBytes) return;
  const wanted = `shape (${shape.join(", ")}) of ${code} needs ${dataBytes} bytes`;
  throw invalid(
    name,
    `${wanted}, the file has ${fileBytes - dataOffset}`,
    "copy or save the file again: it is cut off or was appended to",
  );
}

async function decodeData(data: Uint8Array<ArrayBuffer>, header: NpyHeader): Promise<NdArray["data"]> {
  const { dtype, code, littleEndian } = header;
  const aligned = data.byteOffset % alignmentOf(dtype) === 0;
  if (littleEndian && aligned && dtype !== "bool" && header.dataOffset === data.byteOffset) return decodeNative(data.buffer);
  const own = aligned ? data : data.slice();
  if (!littleEndian) swapBytes(own, code === "f2" ? 2 : bytesPerElement(dtype));
  if (code === "f2") return decodeFloat16(own, header);
  return typedArrayOver(dtype, own.buffer, own.byteOffset, elementCount(header.shape)!);
}

/** npyjs gives a view of the file's bytes, and widens float16. It checks no sizes: that has been done. */
async function decodeNative(file: ArrayBuffer): Promise<NdArray["data"]> {
  const { parse } = await import("npyjs");
  return parse(file).data as NdArray["data"];
}

async function decodeFloat16(data: Uint8Array<ArrayBuffer>, header: NpyHeader): Promise<Float32Array> {
  const { float16ToFloat32 } = await import("npyjs");
  const halves = new Uint16Array(data.buffer, data.byteOffset, elementCount(header.shape)!);
  return Float32Array.from(halves, float16ToFloat32);
}

const alignmentOf = (dtype: DType): number => Math.max(bytesPerElement(dtype), 2);

function swapBytes(data: Uint8Array<ArrayBuffer>, elementBytes: number): void {
  const buffer = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  if (elementBytes === 2) buffer.swap16();
  if (elementBytes === 4) buffer.swap32();
  if (elementBytes === 8) buffer.swap64();
}
