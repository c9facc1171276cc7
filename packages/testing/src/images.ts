import { createHash } from "node:crypto";
import { createNdArray, type DType, type Image, type NdArray } from "@parfocal/core";

/** What `drawDiscs` draws. Lengths in pixels. */
export interface DiscsOptions {
  readonly axes?: string;
  readonly shape?: readonly number[];
  readonly dtype?: DType;
  /** Distance between the centres of two discs. Default 24. */
  readonly spacing?: number;
  /** Default 7. */
  readonly radius?: number;
}

/**
 * Bright discs (balls along z) on a dark background, on a regular grid. Every channel shows the same.
 * Values are 20 and 200 for integers of 16 bits and more and for floats, scaled into the range of smaller types.
 */
export function drawDiscs(options: DiscsOptions = {}): Image {
  const { axes = "yx", dtype = "uint16", spacing = 24, radius = 7 } = options;
  const shape = options.shape ?? [...axes].map((axis) => ({ y: 96, x: 120, z: 12, c: 3, t: 1 })[axis] ?? 1);
  const image = createNdArray(dtype, shape);
  const [dark, bright] = dtype === "bool" ? [0, 1] : dtype === "int8" ? [10, 100] : [20, 200];
  const index = new Array<number>(shape.length).fill(0);
  for (let position = 0; position < image.data.length; position += 1) {
    let squared = 0;
    for (const [dimension, axis] of [...axes].entries()) {
      if (axis === "y" || axis === "x") squared += ((index[dimension]! % spacing) - spacing / 2) ** 2;
      if (axis === "z") squared += (index[dimension]! - shape[dimension]! / 2) ** 2;
    }
    setElement(image, position, squared <= radius ** 2 ? bright! : dark!);
    advance(index, shape);
  }
  return { ...image, axes };
}

/** An image of the same shape and dtype in which every pixel has one value. */
export function emptyLike(image: Image, value: number): Image {
  const array = createNdArray(image.dtype, image.shape);
  for (let position = 0; position < array.data.length; position += 1) setElement(array, position, value);
  return { ...array, axes: image.axes };
}

/** sha256 of labels' data bytes in C order, for comparing whole arrays in one line. */
export function hashLabels(labels: NdArray): string {
  const { buffer, byteOffset, byteLength } = labels.data;
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

function setElement(array: NdArray, position: number, value: number): void {
  if (array.dtype === "int64" || array.dtype === "uint64") array.data[position] = BigInt(value);
  else array.data[position] = value;
}

function advance(index: number[], shape: readonly number[]): void {
  for (let dimension = shape.length - 1; dimension >= 0; dimension -= 1) {
    index[dimension]! += 1;
    if (index[dimension]! < shape[dimension]!) return;
    index[dimension] = 0;
  }
}
