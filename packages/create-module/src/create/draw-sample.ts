import { createNdArray, type NdArray } from "@parfocal/core";

const lengths: Readonly<Record<string, number>> = { c: 2, z: 12, y: 96, x: 120 };
const spacing = 24;

/** Numbers from 0 to 1 that are the same every time (mulberry32 by T. Ettinger, public domain). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A sample for a module that has no other yet: 20 bright discs (balls along z) on a dark background with noise.
 *
 * @param axes orders of c, z, y and x, such as "zyx"; y is 96 long, x 120, z 12 and c 2.
 * @returns the image as uint16 and its labels as int32 without the channel axis.
 */
export function drawSample(axes: string): { readonly image: NdArray; readonly truth: NdArray } {
  const spatial = [...axes].filter((axis) => axis !== "c");
  const shapeOf = (names: readonly string[]): number[] => names.map((axis) => lengths[axis] ?? 1);
  const image = createNdArray("uint16", shapeOf([...axes]));
  const truth = createNdArray("int32", shapeOf(spatial));
  const random = createRandom(7);
  for (let position = 0; position < image.data.length; position += 1) {
    const place: Record<string, number> = {};
    let rest = position;
    for (const axis of [...axes].reverse()) {
      place[axis] = rest % lengths[axis]!;
      rest = Math.floor(rest / lengths[axis]!);
    }
    const { z = lengths.z! / 2, y = 0, x = 0 } = place;
    const [row, column] = [Math.floor(y / spacing), Math.floor(x / spacing)];
    const radius = 6 + ((row + column) % 4);
    const squared = (z - lengths.z! / 2) ** 2 + ((y % spacing) - spacing / 2) ** 2 + ((x % spacing) - spacing / 2) ** 2;
    const isInside = squared <= radius ** 2;
    image.data[position] = Math.round((isInside ? 1500 : 200) + 150 * (random() + random() - 1));
    const truthIndex = spatial.reduce((index, axis) => index * lengths[axis]! + place[axis]!, 0);
    if (isInside) truth.data[truthIndex] = row * (lengths.x! / spacing) + column + 1;
  }
  return { image, truth };
}
