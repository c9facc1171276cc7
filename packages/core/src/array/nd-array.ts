import { createHash } from "node:crypto";
import type { DType, NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { bytesPerElement, createData, holdsDType } from "./dtype.ts";

/**
 * Product of a shape; 1 for a shape without dimensions.
 * @returns null when a length is no whole number from 0, or the product is too large to count exactly.
 */
export function elementCount(shape: readonly number[]): number | null {
  let count = 1;
  for (const length of shape) {
    if (!Number.isSafeInteger(length) || length < 0) return null;
    count *= length;
    if (!Number.isSafeInteger(count)) return null;
  }
  return count;
}

/** A new array of zeros. */
export function createNdArray<D extends DType>(dtype: D, shape: readonly number[]): NdArray<D> {
  const count = elementCount(shape);
  if (count === null) throw inconsistent(`[${shape.join(", ")}] is not a shape`);
  return { data: createData(dtype, count), shape, dtype };
}

/** Bytes of an array's elements. */
export function byteCount(array: Pick<NdArray, "shape" | "dtype">): number {
  return (elementCount(array.shape) ?? Number.NaN) * bytesPerElement(array.dtype);
}

/** The bytes of an array in C order, native byte order; a view, nothing is copied. */
export function bytesOf(array: NdArray): Uint8Array {
  const { buffer, byteOffset, byteLength } = array.data;
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * Checks that data, dtype and shape of an array belong together.
 * @throws ParfocalError INPUT_REJECTED naming what does not fit.
 */
export function checkNdArray(array: NdArray): void {
  const count = elementCount(array.shape);
  if (count === null) throw inconsistent(`[${array.shape.join(", ")}] is not a shape`);
  if (!holdsDType(array.data, array.dtype)) throw inconsistent(`a ${array.data.constructor.name} does not hold ${array.dtype}`);
  if (array.data.length !== count) {
    throw inconsistent(`the data has ${array.data.length} elements, the shape ${array.shape.join(" x ")} needs ${count}`);
  }
}

/**
 * The same elements with their axes in another order.
 * @param order for each axis of the result, its position in the input: `[1, 0]` swaps rows and columns.
 */
export function transposeAxes<D extends DType>(array: NdArray<D>, order: readonly number[]): NdArray<D> {
  const shape = order.map((axis) => array.shape[axis]!);
  const strides = inputStrides(array.shape);
  const steps = order.map((axis) => strides[axis]!);
  const data = createData(array.dtype, array.data.length);
  const inner = shape.at(-1) ?? 1;
  const innerStep = steps.at(-1) ?? 1;
  const index = new Array<number>(Math.max(shape.length - 1, 0)).fill(0);
  const source = array.data as ArrayLike<number | bigint>;
  const target = data as unknown as (number | bigint)[];
  let from = 0;
  for (let to = 0; to < data.length; to += inner) {
    for (let step = 0; step < inner; step += 1) target[to + step] = source[from + step * innerStep]!;
    for (let axis = index.length - 1; axis >= 0; axis -= 1) {
      index[axis]! += 1;
      from += steps[axis]!;
      if (index[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return { data, shape, dtype: array.dtype };
}

/** Node refuses to hash 2 GiB and more at once. */
const largestUpdate = 2 ** 30;

/** sha256 of an array's data bytes in C order, hexadecimal. */
export function hashArray(array: NdArray): string {
  const [hash, bytes] = [createHash("sha256"), bytesOf(array)];
  for (let at = 0; at < bytes.length; at += largestUpdate) hash.update(bytes.subarray(at, at + largestUpdate));
  return hash.digest("hex");
}

function inputStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

function inconsistent(what: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", `not an array: ${what}`, {
    hint: "give { data, shape, dtype } that belong together, in C order",
    details: {},
  });
}
