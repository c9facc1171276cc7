import type { Picture } from "../png/encode-png.ts";
import { type Colour, chooseColours } from "./colours.ts";

/** Longest side that small images are enlarged to and large ones reduced to. */
const enlargeUpTo = 1024;
const reduceFrom = 4096;

/** 8-bit planes, one for grey or three for colour. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Uint8ClampedArray[];
}

interface Scale {
  readonly enlarge: number;
  readonly reduce: number;
}

function scaleOf({ width, height }: Pick<Scene, "width" | "height">): Scale {
  const longest = Math.max(width, height);
  return { enlarge: Math.max(1, Math.min(8, Math.floor(enlargeUpTo / longest))), reduce: Math.ceil(longest / reduceFrom) };
}

/** The scene as RGB: as it is, between pixels when it is enlarged, the mean of blocks when it is reduced. */
export function drawScene(scene: Scene): Picture {
  const { enlarge, reduce } = scaleOf(scene);
  const width = Math.ceil(scene.width / reduce) * enlarge;
  const height = Math.ceil(scene.height / reduce) * enlarge;
  const picture: Picture = { data: new Uint8Array(width * height * 3), width, height };
  paintImage(scene, picture, enlarge, reduce);
  return picture;
}

/**
 * Draws the outline of each object on the object's own pixels, so that touching objects keep a line each.
 *
 * @param picture of the scene; changed in place
 * @param ids the object that each pixel of the scene belongs to
 */
export function drawOutlines(picture: Picture, { width, height }: Pick<Scene, "width" | "height">, ids: Int32Array): void {
  const { enlarge, reduce } = scaleOf({ width, height });
  const scaled = enlarge === 1 && reduce === 1 ? ids : resize({ ids, width }, picture, enlarge, reduce);
  paintOutlines(picture, scaled, chooseColours(ids, width), enlarge > 1 ? 2 : 1);
}

/** The object of each pixel of the picture: that of the nearest pixel of the scene. */
function resize(
  scene: { readonly ids: Int32Array; readonly width: number },
  { width, height }: Picture,
  enlarge: number,
  reduce: number,
): Int32Array {
  const ids = new Int32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const to = y * width;
    if (y % enlarge > 0) {
      ids.copyWithin(to, to - width, to);
      continue;
    }
    const row = (y / enlarge) * reduce * scene.width;
    for (let x = 0; x < width; x += 1) ids[to + x] = scene.ids[row + ((x / enlarge) | 0) * reduce]!;
  }
  return ids;
}

function paintImage(scene: Scene, { data, width, height }: Picture, enlarge: number, reduce: number): void {
  const { planes } = scene;
  for (let channel = 0; channel < planes.length; channel += 1) {
    const plane = planes[channel]!;
    if (enlarge > 1) {
      paintEnlarged(plane, scene, data.subarray(channel), width, height, enlarge);
      continue;
    }
    for (let y = 0, to = channel; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, to += 3) {
        data[to] = reduce > 1 ? meanOf(plane, scene.width, scene.height, x * reduce, y * reduce, reduce) : plane[y * width + x]!;
      }
    }
  }
  if (planes.length > 1) return;
  for (let to = 0; to < data.length; to += 3) {
    data[to + 1] = data[to]!;
    data[to + 2] = data[to]!;
  }
}

/** Every third byte of `data` from the four pixels around its place, each weighted by how near it is. */
function paintEnlarged(
  plane: Uint8ClampedArray,
  scene: Pick<Scene, "width" | "height">,
  data: Uint8Array,
  width: number,
  height: number,
  enlarge: number,
): void {
  const columns = placesOf(width, enlarge, scene.width);
  const rows = placesOf(height, enlarge, scene.height);
  for (let y = 0, to = 0; y < height; y += 1) {
    const upper = rows.at[y]! * scene.width;
    const toBottom = rows.next[y]!;
    const lower = toBottom > 0 ? upper + scene.width : upper;
    for (let x = 0; x < width; x += 1, to += 3) {
      const left = columns.at[x]!;
      const toRight = columns.next[x]!;
      const right = toRight > 0 ? left + 1 : left;
      const above = plane[upper + left]! * (1 - toRight) + plane[upper + right]! * toRight;
      const below = plane[lower + left]! * (1 - toRight) + plane[lower + right]! * toRight;
      data[to] = above * (1 - toBottom) + below * toBottom + 0.5;
    }
  }
}

/** Between which two pixels each place of a line lies, and how near to the second, 0 to 1; beyond the border at the last pixel. */
function placesOf(count: number, enlarge: number, length: number): { readonly at: Int32Array; readonly next: Float64Array } {
  const at = new Int32Array(count);
  const next = new Float64Array(count);
  for (let index = 0; index < count; index += 1) {
    const place = (index + 0.5) / enlarge - 0.5;
    if (place <= 0) continue;
    at[index] = place;
    next[index] = at[index]! + 1 < length ? place - at[index]! : 0;
  }
  return { at, next };
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
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (ids[at]! === 0 || !isEdge(ids, width, height, x, y, thickness)) continue;
      const colour = colours.get(ids[at]!)!;
      data[at * 3] = colour[0];
      data[at * 3 + 1] = colour[1];
      data[at * 3 + 2] = colour[2];
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
