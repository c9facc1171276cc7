import type { Picture } from "../png/encode-png.ts";
import { chooseColours, outlineColours } from "./colours.ts";
import { findEdges, type Outlined } from "./edges.ts";
import { drawScaleBar } from "./scale-bar.ts";

/** Longest side that small images are enlarged to and large ones reduced to. */
const enlargeUpTo = 1024;
const reduceFrom = 4096;

/** Shades of grey of a picture with a palette: what the colours of the outlines leave of 256. */
const shades = 256 - outlineColours.length;
/** Grey from black to white, then the colours of the outlines. */
const palette = Uint8Array.from(
  [
    ...Array.from({ length: shades }, (_, shade) => Array<number>(3).fill(Math.round((shade / (shades - 1)) * 255))),
    ...outlineColours,
  ].flat(),
);
const shadeOfByte = Uint8Array.from({ length: 256 }, (_, byte) => Math.round((byte / 255) * (shades - 1)));

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

/** The scene as a picture, of grey ones with a palette, a third of the bytes of RGB: as it is, between pixels when it is enlarged, the mean of blocks when it is reduced. */
export function drawScene(scene: Scene): Picture {
  const { enlarge, reduce } = scaleOf(scene);
  const width = Math.ceil(scene.width / reduce) * enlarge;
  const height = Math.ceil(scene.height / reduce) * enlarge;
  const [grey, ...others] = scene.planes;
  const isGrey = others.length === 0;
  const planes = isGrey ? [grey!.map((byte) => shadeOfByte[byte]!)] : scene.planes;
  const picture: Picture = {
    data: new Uint8Array(width * height * planes.length),
    width,
    height,
    palette: isGrey ? palette : null,
  };
  paintImage({ ...scene, planes }, picture, enlarge, reduce);
  return picture;
}

/**
 * Draws the outline of each object on the object's own pixels, so that touching objects keep a line each.
 *
 * @param picture of the scene; changed in place
 * @param ids the object that each pixel of the scene belongs to
 */
export function drawOutlines(picture: Picture, scene: Pick<Scene, "width" | "height">, ids: Int32Array): void {
  const { enlarge, reduce } = scaleOf(scene);
  const width = picture.width / enlarge;
  const outlined = findEdges(reduce === 1 ? ids : everyNth(ids, scene, reduce), width);
  paintOutlines(picture, outlined, chooseColours(outlined), enlarge);
}

/**
 * Draws a bar that says how long a length in micrometres is.
 *
 * @param pixelSize micrometres of the scene's pixels along x
 */
export function drawScale(picture: Picture, scene: Pick<Scene, "width" | "height">, pixelSize: number): void {
  const { enlarge, reduce } = scaleOf(scene);
  drawScaleBar(picture, (pixelSize * reduce) / enlarge, picture.palette === null ? 255 : shades - 1);
}

/** The objects of every n-th pixel of every n-th row. */
function everyNth(ids: Int32Array, { width, height }: Pick<Scene, "width" | "height">, step: number): Int32Array {
  const thinned = new Int32Array(Math.ceil(width / step) * Math.ceil(height / step));
  let to = 0;
  for (let y = 0; y < height; y += step) for (let x = 0; x < width; x += step) thinned[to++] = ids[y * width + x]!;
  return thinned;
}

function paintImage(scene: Scene, { data, width, height }: Picture, enlarge: number, reduce: number): void {
  const { planes } = scene;
  const step = planes.length;
  for (let channel = 0; channel < planes.length; channel += 1) {
    const plane = planes[channel]!;
    if (enlarge > 1) {
      paintEnlarged(plane, scene, data.subarray(channel), step, width, height, enlarge);
      continue;
    }
    for (let y = 0, to = channel; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, to += step) {
        data[to] = reduce > 1 ? meanOf(plane, scene.width, scene.height, x * reduce, y * reduce, reduce) : plane[y * width + x]!;
      }
    }
  }
}

/** Each `step`-th byte of `data` from the four pixels around its place, each weighted by how near it is. */
function paintEnlarged(
  plane: Uint8ClampedArray,
  scene: Pick<Scene, "width" | "height">,
  data: Uint8Array,
  step: number,
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
    for (let x = 0; x < width; x += 1, to += step) {
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

/** Where a pixel of the scene is several of the picture, a line of two along each side behind which another object lies. */
function paintOutlines(
  { data, width: pictureWidth, palette }: Picture,
  { ids, width, height, edges }: Outlined,
  colours: ReadonlyMap<number, number>,
  enlarge: number,
): void {
  const line = Math.min(2, enlarge);
  for (const at of edges) {
    const id = ids[at]!;
    const colour = colours.get(id)!;
    const x = at % width;
    const y = (at - x) / width;
    const isOther = (other: number): boolean => ids[other] !== id;
    const fromLeft = x > 0 && isOther(at - 1) ? line : 0;
    const fromRight = x + 1 < width && isOther(at + 1) ? line : 0;
    const fromTop = y > 0 && isOther(at - width) ? line : 0;
    const fromBottom = y + 1 < height && isOther(at + width) ? line : 0;
    for (let row = 0; row < enlarge; row += 1) {
      const isFull = row < fromTop || row >= enlarge - fromBottom;
      for (let column = 0, to = (y * enlarge + row) * pictureWidth + x * enlarge; column < enlarge; column += 1, to += 1) {
        if (!isFull && column >= fromLeft && column < enlarge - fromRight) continue;
        if (palette === null) data.set(outlineColours[colour]!, to * 3);
        else data[to] = shades + colour;
      }
    }
  }
}
