import { createData, type NdArray } from "@parfocal/core";
import type { BlockIndex, ImageWindow } from "./image-reader.ts";

/** A window of one plane out of an array that is whole, whatever the order of its axes: `[y, x]`. */
export function cutBlock(array: NdArray, axes: string, index: BlockIndex, window: ImageWindow): NdArray {
  const strides = array.shape.map((_, axis) => array.shape.slice(axis + 1).reduce((product, side) => product * side, 1));
  const strideOf = (axis: string): number => strides[axes.indexOf(axis)] ?? 0;
  const start = Object.entries(index).reduce((sum, [axis, at]) => sum + strideOf(axis) * at, 0);
  const [height, width] = [window.y[1] - window.y[0], window.x[1] - window.x[0]];
  const [perRow, perColumn] = [strideOf("y"), strideOf("x")];
  const data = createData(array.dtype, height * width) as Float64Array;
  const from = array.data as Float64Array;
  for (let y = 0; y < height; y += 1) {
    const row = start + (window.y[0] + y) * perRow + window.x[0] * perColumn;
    if (perColumn === 1) data.set(from.subarray(row, row + width), y * width);
    else for (let x = 0; x < width; x += 1) data[y * width + x] = from[row + x * perColumn]!;
  }
  return { data, shape: [height, width], dtype: array.dtype };
}
