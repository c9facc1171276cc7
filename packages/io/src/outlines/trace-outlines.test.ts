import type { Labels } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { twiceArea } from "./rings.ts";
import { type Outline, traceOutlines } from "./trace-outlines.ts";

/** Labels drawn with digits, a point for background. */
function drawn(...rows: string[]): Labels {
  const data = Int32Array.from(rows.join(""), (sign) => (sign === "." ? 0 : Number(sign)));
  return { data, shape: [rows.length, rows[0]!.length], dtype: "int32", axes: "yx" };
}

const ringsOf = (outlines: readonly Outline[]) =>
  outlines.map(({ id, polygons }) => [id, polygons.map(({ outer, holes }) => [outer, ...holes].map((ring) => ring.join(" ")))]);

/** Numbers between 0 and 1 that are the same in every run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("traceOutlines", () => {
  it("follows pixel edges, clockwise, holes the other way round", () => {
    expect(ringsOf(traceOutlines(drawn("111..", "1.1..", "11.22", ".2222")))).toEqual([
      [1, [["0 0 3 0 3 2 2 2 2 3 0 3", "2 2 2 1 1 1 1 2"]]],
      [2, [["3 2 5 2 5 4 1 4 1 3 3 3"]]],
    ]);
  });

  it("gives an object of one pixel a square", () => {
    expect(ringsOf(traceOutlines(drawn("...", ".7.")))).toEqual([[7, [["1 1 2 1 2 2 1 2"]]]]);
  });

  it("takes pixels that meet in a corner for pieces, in the order of rows", () => {
    expect(ringsOf(traceOutlines(drawn("1.", ".1")))).toEqual([[1, [["0 0 1 0 1 1 0 1"], ["1 1 2 1 2 2 1 2"]]]]);
  });

  it("keeps the area of every object of any shape, with rings that never meet themselves", () => {
    const random = createRandom(7);
    for (let round = 0; round < 300; round += 1) {
      const [height, width, highest] = [1 + random() * 12, 1 + random() * 12, 1 + random() * 3].map(Math.floor) as [
        number,
        number,
        number,
      ];
      const data = Int32Array.from({ length: width * height }, () => Math.floor(random() * (highest + 1)));
      const outlines = traceOutlines({ data, shape: [height, width], dtype: "int32", axes: "yx" });
      const areas = new Map<number, number>();
      for (const id of data) if (id > 0) areas.set(id, (areas.get(id) ?? 0) + 1);
      expect(outlines.map(({ id }) => id)).toEqual([...areas.keys()].sort((a, b) => a - b));
      for (const { id, polygons } of outlines) {
        const rings = polygons.flatMap(({ outer, holes }) => [outer, ...holes]);
        expect(rings.reduce((sum, ring) => sum + twiceArea(ring), 0)).toBe(2 * areas.get(id)!);
        for (const ring of rings) {
          const corners = new Set(
            Array.from({ length: ring.length / 2 }, (_, index) => `${ring[index * 2]} ${ring[index * 2 + 1]}`),
          );
          expect(corners.size).toBe(ring.length / 2);
        }
      }
    }
  });

  it("takes further axes of length one, and nothing that is not flat", () => {
    const labels = drawn("11", "11");
    expect(traceOutlines({ ...labels, axes: "zyx", shape: [1, 2, 2] })).toEqual(traceOutlines(labels));
    expect(() => traceOutlines({ ...labels, axes: "zyx", shape: [2, 1, 2] })).toThrow(
      'labels of axes "zyx" and shape 2 x 1 x 2 have no flat outlines',
    );
    expect(() => traceOutlines({ ...labels, axes: "xy" })).toThrow("have no flat outlines");
  });
});
