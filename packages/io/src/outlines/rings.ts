import type { Ring } from "./trace-outlines.ts";

/**
 * Cuts a closed walk into rings that do not meet themselves: where it comes to a corner again, what it did since is a ring of its own.
 *
 * @param corners x and y in turn
 */
export function splitAtTouches(corners: readonly number[]): Ring[] {
  const rings: Ring[] = [];
  const path: number[] = [];
  const places = new Map<string, number>();
  for (let index = 0; index < corners.length; index += 2) {
    const [x, y] = [corners[index]!, corners[index + 1]!];
    const key = `${x},${y}`;
    const since = places.get(key);
    if (since === undefined) {
      places.set(key, path.length);
      path.push(x, y);
      continue;
    }
    const loop = path.splice(since, path.length - since, x, y);
    for (let at = 2; at < loop.length; at += 2) places.delete(`${loop[at]},${loop[at + 1]}`);
    rings.push(withoutStraight(loop));
  }
  rings.push(withoutStraight(path));
  return rings;
}

/** Twice the area inside, positive where the ring runs clockwise on the screen (the shoelace formula). */
export function twiceArea(ring: Ring): number {
  let sum = 0;
  for (let at = 0, last = ring.length - 2; at < ring.length; last = at, at += 2) {
    sum += ring[last]! * ring[at + 1]! - ring[at]! * ring[last + 1]!;
  }
  return sum;
}

export const isHole = (ring: Ring): boolean => twiceArea(ring) < 0;

/** Cutting a loop off can leave its corner on a straight line. */
function withoutStraight(corners: readonly number[]): Ring {
  const kept: number[] = [];
  const { length } = corners;
  for (let at = 0; at < length; at += 2) {
    const before = (at + length - 2) % length;
    const after = (at + 2) % length;
    const isStraight =
      (corners[before] === corners[at] && corners[at] === corners[after]) ||
      (corners[before + 1] === corners[at + 1] && corners[at + 1] === corners[after + 1]);
    if (!isStraight) kept.push(corners[at]!, corners[at + 1]!);
  }
  return Int32Array.from(kept);
}
