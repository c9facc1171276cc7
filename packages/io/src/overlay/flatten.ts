import { type Image, type Labels, type NdArray, ParfocalError } from "@parfocal/core";

/** Values of one plane, row after row. */
export type Plane = Exclude<NdArray["data"], BigInt64Array | BigUint64Array>;

/** An image as one plane. */
export interface FlatImage {
  readonly width: number;
  readonly height: number;
  /** One plane for grey, three for a colour picture; of a flat image the image's own data. */
  readonly planes: readonly Plane[];
  /** What was left out, for people. */
  readonly notes: readonly string[];
}

type Named = NdArray & { readonly axes: string };

/**
 * Picks what a flat picture can show: the first time point, one channel or the three of a colour picture ("yxc" with 3 or 4), and of a
 * stack the plane in the middle. A projection would show objects that lie behind each other as one tangle of lines.
 *
 * @param channel index along `c`; default: colour pictures as they are, else 0
 * @throws ParfocalError INPUT_REJECTED when axes do not describe the image, or there is no such channel
 */
export function flattenImage(image: Image, channel?: number): FlatImage {
  checkAxes(image);
  const [width, height, depth] = [lengthOf(image, "x"), lengthOf(image, "y"), lengthOf(image, "z")];
  const channels = lengthOf(image, "c");
  if (channel !== undefined && !(Number.isInteger(channel) && channel >= 0 && channel < channels)) {
    throw rejected(`channel ${channel} of an image with ${channels}`, `give a channel from 0 to ${channels - 1}`);
  }
  const isColour = channel === undefined && image.axes.endsWith("yxc") && (channels === 3 || channels === 4);
  const notes: string[] = [];
  if (lengthOf(image, "t") > 1) notes.push(`shows the first of ${lengthOf(image, "t")} time points`);
  if (depth > 1) notes.push(`shows plane ${middleOf(image) + 1} of ${depth}`);
  if (!isColour && channels > 1) notes.push(`shows channel ${channel ?? 0} of ${channels}`);
  const shown = isColour ? [0, 1, 2] : [channel ?? 0];
  if (image.axes === "yx" && !isBig(image.data)) return { width, height, planes: [image.data], notes };
  const planes = shown.map((c) => planeOf(image, { c, z: middleOf(image) }, new Float32Array(width * height)));
  return { width, height, planes, notes };
}

/**
 * The object of each pixel of a flattened image.
 *
 * @throws ParfocalError INPUT_REJECTED when image and labels do not lie on each other
 */
export function flattenLabels(image: Image, labels: Labels): Int32Array {
  checkAxes(labels);
  const sizes = (array: Named): string => [...array.axes].map((axis) => `${axis} ${lengthOf(array, axis)}`).join(", ");
  for (const axis of "yxz") {
    if (lengthOf(image, axis) === lengthOf(labels, axis)) continue;
    throw rejected(`an image of ${sizes(image)} with labels of ${sizes(labels)}`, "give the labels of this image");
  }
  if (labels.axes === "yx") return labels.data;
  return planeOf(labels, { c: 0, z: middleOf(labels) }, new Int32Array(lengthOf(labels, "x") * lengthOf(labels, "y")));
}

const isBig = (data: NdArray["data"]): data is BigInt64Array | BigUint64Array =>
  data instanceof BigInt64Array || data instanceof BigUint64Array;

const middleOf = (array: Named): number => Math.floor(lengthOf(array, "z") / 2);

/** The plane that a picture shows of an array: rows and columns at one index of every other axis, row after row. */
function planeOf<T extends Float32Array | Int32Array>(array: Named, at: { readonly c: number; readonly z: number }, plane: T): T {
  const [sx, sy] = [strideOf(array, "x"), strideOf(array, "y")];
  const [width, height] = [lengthOf(array, "x"), lengthOf(array, "y")];
  const start = at.c * strideOf(array, "c") + at.z * strideOf(array, "z");
  const { data } = array;
  for (let y = 0, to = 0; y < height; y += 1) {
    for (let x = 0, from = start + y * sy; x < width; x += 1, to += 1, from += sx) plane[to] = Number(data[from]);
  }
  return plane;
}

function checkAxes({ axes, shape }: Named): void {
  if (axes.length === shape.length && axes.includes("y") && axes.includes("x") && !shape.includes(0)) return;
  throw rejected(`axes "${axes}" with shape ${shape.join(" x ")}`, "name one axis for each dimension, y and x among them");
}

const lengthOf = ({ axes, shape }: Named, axis: string): number => shape[axes.indexOf(axis)] ?? 1;

/** Elements from one index to the next along an axis; 0 for an axis that is not there. */
function strideOf({ axes, shape }: Named, axis: string): number {
  const at = axes.indexOf(axis);
  return at < 0 ? 0 : shape.slice(at + 1).reduce((product, length) => product * length, 1);
}

function rejected(what: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", `no overlay can be drawn of ${what}`, { hint, details: {} });
}
