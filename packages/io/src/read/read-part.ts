import { createData, type DType, type NdArray } from "@parfocal/core";
import { checkFullness, checkSize } from "./check-size.ts";
import { type ChosenPart, lengthOf } from "./choose.ts";
import { cutBlock } from "./cut-block.ts";
import type { BlockIndex, PixelSource } from "./image-reader.ts";

type Axis = "t" | "c" | "z";

/** Pixels of a part of an image, and their axes. */
export interface ReadPart extends NdArray {
  readonly axes: string;
}

/**
 * Reads a part of an image block by block, so that memory holds the result and one block more.
 *
 * @param maxBytes most bytes that the result may take
 */
export async function readPart(path: string, source: PixelSource, part: ChosenPart, maxBytes?: number): Promise<ReadPart> {
  const { header } = source;
  const inner = header.axes.endsWith("yxc") ? "yxc" : "yx";
  const canRead = source.readBlock !== undefined && header.axes.endsWith(inner);
  const all = canRead ? null : await source.readAll();
  const readBlock = (index: BlockIndex): Promise<NdArray> =>
    all === null
      ? source.readBlock!(index, part.window, part.level)
      : Promise.resolve(cutBlock(all, header.axes, index, part.window));

  const outer = [...header.axes].filter(
    (axis): axis is Axis => !"yx".includes(axis) && (all !== null || inner !== "yxc" || axis !== "c"),
  );
  const kept = outer.filter((axis) => !(axis in part.fixed) && !(part.project !== null && axis === "z"));
  const takesSample = all === null && inner === "yxc" && part.fixed.c !== undefined;
  const samples = all === null && inner === "yxc" && !takesSample ? lengthOf(header, "c") : 1;
  const [height, width] = (["y", "x"] as const).map((axis) => part.window[axis][1] - part.window[axis][0]) as [number, number];
  const axes = `${kept.join("")}yx${samples > 1 || (inner === "yxc" && all === null && !takesSample) ? "c" : ""}`;
  const shape = [...axes].map((axis) => (axis === "y" ? height : axis === "x" ? width : lengthOf(header, axis)));
  const dtype: DType = part.project === "mean" ? "float32" : header.dtype;
  const bytes = checkSize(path, shape, dtype, maxBytes);
  if (source.storedBytes !== undefined) await checkFullness(path, bytes, source.storedBytes, { shape, maxBytes });
  const length = height * width * samples;
  const data = createData(
    dtype,
    shape.reduce((product, side) => product * side, 1),
  ) as Float32Array;
  const planes = part.project === null ? 1 : lengthOf(header, "z");
  let start = 0;
  for (const index of indicesOf(kept, (axis) => lengthOf(header, axis))) {
    const target = data.subarray(start, start + length);
    for (let z = 0; z < planes; z += 1) {
      const block = await readBlock({ ...part.fixed, ...index, ...(part.project !== null && { z }) });
      const values = (takesSample ? takeSample(block, part.fixed.c!) : block.data) as Float32Array;
      if (part.project === null) target.set(values);
      else if (part.project === "max") keepLargest(target, values, z === 0);
      else for (let at = 0; at < length; at += 1) target[at]! += Number(values[at]!) / planes;
    }
    start += length;
  }
  return { data, shape, dtype, axes };
}

function keepLargest(target: Float32Array, values: Float32Array, isFirst: boolean): void {
  if (isFirst) target.set(values);
  // not Math.max: also for 64-bit integers; a NaN stays, as in numpy
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    // biome-ignore lint/suspicious/noSelfCompare: NaN, also among BigInts, where Number.isNaN would throw
    if (value > target[at]! || value !== value) target[at] = value;
  }
}

function takeSample({ data, shape }: NdArray, sample: number): NdArray["data"] {
  const samples = shape[2] ?? 1;
  return (data as Float32Array).filter((_, at) => at % samples === sample);
}

/** Every combination of indices, the last axis fastest. */
function* indicesOf(axes: readonly Axis[], lengthOfAxis: (axis: Axis) => number): Generator<BlockIndex> {
  const [first, ...rest] = axes;
  if (first === undefined) {
    yield {};
    return;
  }
  for (let at = 0; at < lengthOfAxis(first); at += 1) {
    for (const index of indicesOf(rest, lengthOfAxis)) yield { [first]: at, ...index };
  }
}
