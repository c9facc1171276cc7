import type { NdArray } from "../contract/array.ts";

/** Pixels of true and found objects, and those they share. */
export interface Overlaps {
  readonly truthAreas: ReadonlyMap<number, number>;
  readonly labelAreas: ReadonlyMap<number, number>;
  /** Shared pixels by true id, then by found id. */
  readonly pairs: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

/** Counts pixels run by run: neighbours mostly belong to the same two objects. */
export function countOverlaps(truth: NdArray, labels: NdArray): Overlaps {
  const truthAreas = new Map<number, number>();
  const labelAreas = new Map<number, number>();
  const pairs = new Map<number, Map<number, number>>();
  const [wantedIds, foundIds] = [truth.data, labels.data];
  const { length } = wantedIds;
  for (let from = 0; from < length; ) {
    const [wantedId, foundId] = [wantedIds[from]!, foundIds[from]!];
    let to = from + 1;
    while (to < length && wantedIds[to] === wantedId && foundIds[to] === foundId) to += 1;
    const [wanted, found] = [Number(wantedId), Number(foundId)];
    if (wanted !== 0) increase(truthAreas, wanted, to - from);
    if (found !== 0) increase(labelAreas, found, to - from);
    if (wanted !== 0 && found !== 0) {
      const row = pairs.get(wanted) ?? new Map<number, number>();
      pairs.set(wanted, row);
      increase(row, found, to - from);
    }
    from = to;
  }
  return { truthAreas, labelAreas, pairs };
}

function increase(counts: Map<number, number>, key: number, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
