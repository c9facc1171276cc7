import type { Image, NdArray } from "@parfocal/core";
import type { Case } from "./cases.ts";

/** One frame of a case and what a node must make of it. */
export interface Frame {
  /** z, y, x, c */
  readonly pixels: NdArray;
  /** Numbers of the objects, z, y, x. */
  readonly labels: Int32Array;
}

const channelCounts = { mono: 1, RGB: 3, all: 4 } as const;
/** Which channel a script sends; null sends all. */
export const sentChannel = { mono: null, RGB: null, all: 2 } as const;

const gridSides: Partial<Record<Case["event"], readonly [planar: number, deep: number]>> = {
  "over 255 objects": [36, 16],
  "over 65535 objects": [514, 364],
};

function shapeOf({ node, event }: Case): readonly [number, number, number] {
  const sides = gridSides[event];
  if (node === "2D") return [1, sides?.[0] ?? 24, sides?.[0] ?? 32];
  return sides === undefined ? [3, 24, 32] : [event === "over 255 objects" ? 9 : 3, sides[1], sides[1]];
}

/** Blocks of 4 x 4 pixels that touch each other, numbered up to 137, which every type holds; the border is background. */
function blocks([depth, height, width]: readonly [number, number, number], first: number): Int32Array {
  const labels = new Int32Array(depth * height * width);
  for (let z = 0; z < depth; z += 1) {
    for (let y = 4; y < height - 4; y += 1) {
      for (let x = 4; x < width - 4; x += 1) {
        labels[(z * height + y) * width + x] = 1 + ((first + (y >> 2) * 11 + (x >> 2)) % 137);
      }
    }
  }
  return labels;
}

/** Single pixels at every second place, numbered in their order. */
function grid([depth, height, width]: readonly [number, number, number], planar: boolean): Int32Array {
  const labels = new Int32Array(depth * height * width);
  let next = 1;
  for (let z = 0; z < depth; z += planar ? 1 : 2) {
    for (let y = 0; y < height; y += 2) for (let x = 0; x < width; x += 2) labels[(z * height + y) * width + x] = next++;
  }
  return labels;
}

/** What the worker does with the first frame; with the second it always reads. */
export function actOf({ event }: Case): string {
  const acts: Partial<Record<Case["event"], string>> = {
    "worker error": "raise",
    "worker death": "exit",
    abort: "wait",
    "no objects": "none",
    "over 255 objects": "grid",
    "over 65535 objects": "grid",
  };
  return acts[event] ?? "read";
}

/** @param seed so that no two cases send the same pixels: an image that ended two workers would be refused. */
export function framesOf(each: Case, seed: number): readonly [Frame, Frame] {
  const shape = shapeOf(each);
  const first = 1 + (seed % 100);
  const painted = [blocks(shape, first), blocks(shape, first + 1)] as const;
  const act = actOf(each);
  const expected =
    act === "grid" ? grid(shape, each.node === "2D") : act === "none" ? new Int32Array(painted[0].length) : painted[0];
  return [
    { pixels: paint(each, shape, painted[0], seed), labels: expected },
    { pixels: paint(each, shape, painted[1], seed), labels: painted[1] },
  ];
}

function paint(each: Case, shape: readonly [number, number, number], ids: Int32Array, seed: number): NdArray {
  const count = channelCounts[each.channels];
  const sent = sentChannel[each.channels] ?? 0;
  const ArrayType = { uint8: Uint8Array, "12 bits": Uint16Array, float32: Float32Array }[each.pixels];
  const data = new ArrayType(ids.length * count);
  for (let at = 0; at < ids.length; at += 1) {
    for (let c = 0; c < count; c += 1) data[at * count + c] = c === sent ? ids[at]! : (at + seed) % 200;
  }
  const dtype = ({ uint8: "uint8", "12 bits": "uint16", float32: "float32" } as const)[each.pixels];
  return { data, shape: [...shape, count], dtype } as NdArray;
}

/** The image that the node's script should have sent, for a call from TypeScript. */
export function imageOf({ node, channels }: Case, { pixels }: Frame): Image {
  const [depth = 1, height = 1, width = 1, count = 1] = pixels.shape;
  const isAll = channels === "RGB";
  const axes = `${node === "3D" ? "zyx" : "yx"}${isAll ? "c" : ""}`;
  const shape = [...(node === "3D" ? [depth] : []), height, width, ...(isAll ? [count] : [])];
  if (isAll || count === 1) return { ...pixels, shape, axes } as Image;
  const sent = sentChannel[channels] ?? 0;
  const data = pixels.data.filter((_: number | bigint, at: number) => at % count === sent);
  return { data, shape, dtype: pixels.dtype, axes } as Image;
}
