import type { Picture } from "../png/encode-png.ts";
import { type Colour, chooseColours } from "./colours.ts";

/** Longest side that small images are enlarged to and large ones reduced to. */
const enlargeUpTo = 1024;
const reduceFrom = 4096;

/** 8-bit planes, one for grey or three for colour, and the object that each pixel belongs to. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Uint8ClampedArray[];
  readonly ids: Int32Array;
}

/** The scene as RGB with the outline of each object drawn on the object's own pixels, so that touching objects keep a line each. */
export function drawOutlines(scene: Scene): Picture {
  const enlarge = Math.max(1, Math.min(8, Math.floor(enlargeUpTo / Math.max(scene.width, scene.height))));
  const reduce = Math.ceil(Math.max(scene.width, scene.height) / reduceFrom);
  const width = Math.ceil(scene.width / reduce) * enlarge;
  const height = Math.ceil(scene.height / reduce) * enlarge;
  const picture: Picture = { data: new Uint8Array(width * height * 3), width, height };
  for (let y = 0; y < height; y += 1) paintRow(scene, picture, y, enlarge, reduce);
  const ids = enlarge === 1 && reduce === 1 ? scene.ids : resize(scene, width, height, enlarge, reduce);
  paintOutlines(picture, ids, chooseColours(scene.ids, scene.width), enlarge > 1 ? 2 : 1);
  return picture;
}

/** The object of each pixel of the picture: that of the nearest pixel of the scene. */
function resize(scene: Scene, width: number, height: number, enlarge: number, reduce: number): Int32Array {
  const ids = new Int32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(y / enlarge) * reduce * scene.width;
    for (let x = 0; x < width; x += 1) ids[y * width + x] = scene.ids[row + Math.floor(x / enlarge) * reduce]!;
  }
  return ids;
}

/** One row of the image: as it is, between pixels when enlarged, the mean of a block when reduced. */
function paintRow(scene: Scene, { data, width }: Picture, y: number, enlarge: number, reduce: number): void {
  const { planes } = scene;
  for (let channel = 0; channel < planes.length; channel += 1) {
    const plane = planes[channel]!;
    for (let x = 0, to = y * width * 3 + channel; x < width; x += 1, to += 3) {
      if (enlarge > 1) data[to] = between(scene, plane, (x + 0.5) / enlarge - 0.5, (y + 0.5) / enlarge - 0.5);
      else
        data[to] = reduce > 1 ? meanOf(plane, scene.width, scene.height, x * reduce, y * reduce, reduce) : plane[y * width + x]!;
    }
  }
  if (planes.length > 1) return;
  for (let to = y * width * 3; to < (y + 1) * width * 3; to += 3) {
    data[to + 1] = data[to]!;
    data[to + 2] = data[to]!;
  }
}

/** Value between four pixels, each weighted by how near it is; beyond the border that of the border. */
function between({ width, height }: Scene, plane: Uint8ClampedArray, x: number, y: number): number {
  const left = x > 0 ? Math.floor(x) : 0;
  const top = y > 0 ? Math.floor(y) : 0;
  const toRight = left + 1 < width && x > 0 ? x - left : 0;
  const toBottom = top + 1 < height && y > 0 ? y - top : 0;
  const at = top * width + left;
  const right = toRight > 0 ? 1 : 0;
  const below = toBottom > 0 ? width : 0;
  const upper = plane[at]! * (1 - toRight) + plane[at + right]! * toRight;
  const lower = plane[at + below]! * (1 - toRight) + plane[at + below + right]! * toRight;
  return Math.round(upper * (1 - toBottom) + lower * toBottom);
}

function meanOf(plane: Uint8ClampedArray, width: number, height: number, x: number, y: number, size: number): number {
  let sum = 0;
  let count = 0;
  for (let row = y; row < Math.min(height, y + size); row += 1) {
    for (let column = x; column < Math.min(width, x + size); column += 1) {
      sum += plane[row * width + column]!;
      count += 1;
    }
  }
  return Math.round(sum / count);
}

function paintOutlines(
  { data, width, height }: Picture,
  ids: Int32Array,
  colours: ReadonlyMap<number, Colour>,
  thickness: number,
): void {
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const id = ids[at]!;
      if (id > 0 && isEdge(ids, width, height, x, y, thickness)) data.set(colours.get(id)!, at * 3);
    }
  }
}

/** True when a pixel of another object or the background lies within the thickness, diagonals left out. */
function isEdge(ids: Int32Array, width: number, height: number, x: number, y: number, thickness: number): boolean {
  const at = y * width + x;
  const id = ids[at];
  for (let distance = 1; distance <= thickness; distance += 1) {
    if (x >= distance && ids[at - distance] !== id) return true;
    if (x + distance < width && ids[at + distance] !== id) return true;
    if (y >= distance && ids[at - distance * width] !== id) return true;
    if (y + distance < height && ids[at + distance * width] !== id) return true;
  }
  return false;
}
