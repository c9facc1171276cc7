/** Where objects lie: of each its id, and its first and last row and column. */
export interface ObjectExtents {
  /** Notes the objects of a window of the labels; windows come in any order, and may share an object. */
  add(ids: Int32Array, width: number, top: number, left: number): void;
  list(): ObjectExtent[];
}

export interface ObjectExtent {
  readonly id: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Gathers where the objects of labels lie, window by window. */
export function createObjectExtents(): ObjectExtents {
  const indices = new Map<number, number>();
  const ids: number[] = [];
  const tops: number[] = [];
  const bottoms: number[] = [];
  const lefts: number[] = [];
  const rights: number[] = [];

  function note(id: number, row: number, from: number, to: number): void {
    const index = indices.get(id);
    if (index === undefined) {
      indices.set(id, ids.length);
      ids.push(id);
      tops.push(row);
      bottoms.push(row);
      lefts.push(from);
      rights.push(to);
      return;
    }
    if (row < tops[index]!) tops[index] = row;
    if (row > bottoms[index]!) bottoms[index] = row;
    if (from < lefts[index]!) lefts[index] = from;
    if (to > rights[index]!) rights[index] = to;
  }

  return {
    add(pixels, width, top, left) {
      for (let start = 0, row = top; start < pixels.length; start += width, row += 1) {
        const end = start + width;
        for (let at = start; at < end; ) {
          const id = pixels[at]!;
          const from = at;
          do at += 1;
          while (at < end && pixels[at] === id);
          if (id !== 0) note(id, row, left + from - start, left + at - 1 - start);
        }
      }
    },
    list: () =>
      ids.map((id, index) => ({
        id,
        top: tops[index]!,
        bottom: bottoms[index]!,
        left: lefts[index]!,
        right: rights[index]!,
      })),
  };
}
