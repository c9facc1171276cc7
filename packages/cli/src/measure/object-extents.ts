/** Where an object lies: its first and last row and column. */
export interface ObjectExtent {
  readonly id: number;
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export interface ObjectExtents {
  /** Notes the objects of a window of the labels; windows come in any order, and may share an object. */
  add(ids: Int32Array, width: number, top: number, left: number): void;
  list(): ObjectExtent[];
}

/** Gathers where the objects of labels lie, window by window. */
export function createObjectExtents(): ObjectExtents {
  const extents = new Map<number, { -readonly [K in keyof ObjectExtent]: ObjectExtent[K] }>();

  function note(id: number, row: number, from: number, to: number): void {
    const extent = extents.get(id);
    if (extent === undefined) {
      extents.set(id, { id, top: row, bottom: row, left: from, right: to });
      return;
    }
    if (row < extent.top) extent.top = row;
    if (row > extent.bottom) extent.bottom = row;
    if (from < extent.left) extent.left = from;
    if (to > extent.right) extent.right = to;
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
    list: () => [...extents.values()],
  };
}
