/** Objects in a plane and the pixels at their borders. */
export interface Outlined {
  /** Object of each pixel, row after row, 0 is background. */
  readonly ids: Int32Array;
  readonly width: number;
  readonly height: number;
  /** Places of the pixels whose left, right, upper or lower neighbour belongs to another object or none; a picture's border is no edge. */
  readonly edges: readonly number[];
}

export function findEdges(ids: Int32Array, width: number): Outlined {
  const height = ids.length / width;
  const edges: number[] = [];
  for (let y = 0, at = 0; y < height; y += 1) {
    const above = y > 0 ? width : 0;
    const below = y + 1 < height ? width : 0;
    for (let x = 0; x < width; x += 1, at += 1) {
      const id = ids[at]!;
      if (id === 0) continue;
      const isInside =
        (x === 0 || ids[at - 1] === id) &&
        (x + 1 === width || ids[at + 1] === id) &&
        ids[at - above] === id &&
        ids[at + below] === id;
      if (!isInside) edges.push(at);
    }
  }
  return { ids, width, height, edges };
}
