import { type Labels, ParfocalError } from "@parfocal/core";
import { highestId } from "../labels/highest-id.ts";
import { isHole, splitAtTouches } from "./rings.ts";

/**
 * A closed line along pixel edges: x and y of its corners in turn, in pixels, (0, 0) being the upper left corner of the upper left pixel.
 * The first corner is not repeated at the end, no corner lies on the straight line between its neighbours, and the ring never meets itself.
 */
export type Ring = Int32Array;

/** Where labels lie in the image that an outline is meant for. */
export interface OutlinePlace {
  /** Pixels of the whole image left of and above the labels, for labels of a crop. Default 0, 0. */
  readonly offset?: readonly [x: number, y: number];
  /** Pixels of the whole image along one pixel of the labels, for labels of a reduced image. Default 1. */
  readonly scale?: number;
}

/** One connected piece of an object. */
export interface OutlinePolygon {
  /** Clockwise on the screen, y pointing down. */
  readonly outer: Ring;
  /** Counter-clockwise. They may meet `outer` and each other in single points. */
  readonly holes: readonly Ring[];
}

/** Where an object lies. */
export interface Outline {
  readonly id: number;
  /** At least one. Pixels that meet in a corner only belong to different pieces. */
  readonly polygons: readonly OutlinePolygon[];
}

/** Directions in the order of right turns: up, right, down, left. */
const stepX = [0, 1, 0, -1];
const stepY = [-1, 0, 1, 0];

interface Piece {
  readonly id: number;
  outer: Ring | null;
  readonly holes: Ring[];
}

/**
 * Follows the edges of every object's pixels, exactly: the area of an outline is the number of its object's pixels. Takes time linear in
 * the number of pixels and corners, however many objects there are.
 *
 * @param labels int32, axes `yx`, or with further axes of length one
 * @returns one outline for each object, by ascending id
 * @throws ParfocalError INPUT_REJECTED for more than one plane, and for negative ids
 */
export function traceOutlines(labels: Labels): Outline[] {
  const { width, height } = flatSize(labels);
  highestId(labels.data);
  const stride = width + 2;
  const ids = withMargin(labels.data, width, height);
  // the piece that owns the left edge of each pixel, from 1; 0 where that has not been walked
  const owners = new Int32Array(ids.length);
  const pieces: Piece[] = [];
  let above = new Int32Array(stride);
  let row = new Int32Array(stride);
  for (let y = 1; y <= height; y += 1) {
    for (let x = 1, at = y * stride + 1; x <= width; x += 1, at += 1) {
      const id = ids[at]!;
      if (id === 0) continue;
      if (ids[at - 1] === id) {
        row[x] = row[x - 1]!;
        continue;
      }
      if (owners[at] === 0) {
        // an edge that no walk has met is either the first of a new piece, or of a hole in the piece above
        const known = ids[at - stride] === id ? above[x]! : 0;
        const owner = known === 0 ? pieces.push({ id, outer: null, holes: [] }) : known;
        addRings(pieces[owner - 1]!, walk(ids, owners, stride, x, y, owner));
      }
      row[x] = owners[at]!;
    }
    [above, row] = [row, above];
  }
  return collect(pieces);
}

/** Walks once around, the object always to the right, and marks the left edges on the way. */
function walk(ids: Int32Array, owners: Int32Array, stride: number, startX: number, startY: number, owner: number): Ring[] {
  const id = ids[startY * stride + startX]!;
  const corners: number[] = [];
  // where two pixels of the object meet only diagonally, a walk may pass twice
  let touches = false;
  let x = startX;
  let y = startY + 1;
  let direction = 0;
  do {
    if (direction === 0) owners[(y - 1) * stride + x] = owner;
    x += stepX[direction]!;
    y += stepY[direction]!;
    const corner = y * stride + x;
    // the two pixels before the walker, at this corner
    const right = corner - (direction === 0 || direction === 3 ? stride : 0) - (direction > 1 ? 1 : 0);
    const left = corner - (direction < 2 ? stride : 0) - (direction === 0 || direction === 3 ? 1 : 0);
    if (ids[right] !== id) {
      if (ids[left] === id) touches = true;
      corners.push(x - 1, y - 1);
      direction = (direction + 1) & 3;
    } else if (ids[left] === id) {
      corners.push(x - 1, y - 1);
      direction = (direction + 3) & 3;
    }
  } while (x !== startX || y !== startY + 1 || direction !== 0);
  return touches ? splitAtTouches(corners) : [Int32Array.from(corners)];
}

function addRings(piece: Piece, rings: readonly Ring[]): void {
  for (const ring of rings) {
    if (isHole(ring)) piece.holes.push(ring);
    else piece.outer = ring;
  }
}

function collect(pieces: readonly Piece[]): Outline[] {
  const outlines = new Map<number, OutlinePolygon[]>();
  for (const { id, outer, holes } of pieces) {
    const polygon = { outer: outer!, holes };
    const polygons = outlines.get(id);
    if (polygons === undefined) outlines.set(id, [polygon]);
    else polygons.push(polygon);
  }
  return [...outlines].map(([id, polygons]) => ({ id, polygons })).sort((a, b) => a.id - b.id);
}

/** The labels with a pixel of background around them, so that every pixel has neighbours. */
function withMargin(ids: Int32Array, width: number, height: number): Int32Array {
  const stride = width + 2;
  const padded = new Int32Array(stride * (height + 2));
  for (let y = 0; y < height; y += 1) padded.set(ids.subarray(y * width, (y + 1) * width), (y + 1) * stride + 1);
  return padded;
}

function flatSize({ axes, shape }: Labels): { readonly width: number; readonly height: number } {
  const lengths = new Map([...axes].map((axis, index) => [axis, shape[index] ?? 0]));
  const [width, height] = [lengths.get("x") ?? 0, lengths.get("y") ?? 0];
  const isFlat = axes.length === shape.length && shape.reduce((product, length) => product * length, 1) === width * height;
  if (isFlat && axes.indexOf("y") < axes.indexOf("x") && axes.includes("y")) return { width, height };
  throw new ParfocalError("INPUT_REJECTED", `labels of axes "${axes}" and shape ${shape.join(" x ")} have no flat outlines`, {
    hint: "outlines are 2D: save objects of a stack as labels, .tif or .npy, or give one plane",
    details: {},
  });
}
