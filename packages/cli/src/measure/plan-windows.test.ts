import { describe, expect, test } from "vitest";
import { createObjectExtents, type ObjectExtent } from "./object-extents.ts";
import { planWindows } from "./plan-windows.ts";

const extent = (id: number, top: number, bottom: number, left = 0, right = 9): ObjectExtent => ({ id, top, bottom, left, right });

describe("createObjectExtents", () => {
  test("joins an object's pieces over windows, in any order", () => {
    const extents = createObjectExtents();
    extents.add(Int32Array.from([7, 7, 0, 2, 0, 7]), 3, 10, 4);
    extents.add(Int32Array.from([0, 0, 7]), 3, 2, 0);
    expect(extents.list()).toEqual([
      { id: 7, top: 2, bottom: 11, left: 2, right: 6 },
      { id: 2, top: 11, bottom: 11, left: 4, right: 4 },
    ]);
  });
});

describe("planWindows", () => {
  test("takes objects that end in a band, and the others with the next", () => {
    const objects = [extent(1, 0, 3), extent(2, 4, 11), extent(3, 8, 9), extent(4, 12, 19)];
    expect(planWindows(objects, 10, 100)).toEqual([
      { y: [0, 10], x: [0, 10], ids: [1, 3] },
      { y: [4, 12], x: [0, 10], ids: [2] },
      { y: [12, 20], x: [0, 10], ids: [4] },
    ]);
  });

  test("gives an object that is higher than a band a window of its own", () => {
    const windows = planWindows([extent(1, 5, 25, 3, 5), extent(2, 6, 7)], 10, 100);
    expect(windows).toEqual([
      { y: [6, 8], x: [0, 10], ids: [2] },
      { y: [5, 26], x: [3, 6], ids: [1] },
    ]);
  });

  test("every object is in one window that holds it whole", () => {
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 16_807) % 2_147_483_647;
      return seed % below;
    };
    const objects = Array.from({ length: 500 }, (_, id) => {
      const top = random(2000);
      const left = random(80);
      return extent(id + 1, top, top + random(30), left, left + random(20));
    });
    const windows = planWindows(objects, 100, 2500)!;
    expect(windows.flatMap(({ ids }) => ids).sort((a, b) => a - b)).toEqual(objects.map(({ id }) => id));
    for (const { y, x, ids } of windows) {
      for (const id of ids) {
        const { top, bottom, left, right } = objects[id - 1]!;
        expect(top >= y[0] && bottom < y[1] && left >= x[0] && right < x[1]).toBe(true);
      }
    }
    expect(windows.length).toBeGreaterThan(60);
  });

  test("gives up where an object needs more than four windows", () => {
    expect(planWindows([extent(1, 0, 39)], 10, 100)).toHaveLength(1);
    expect(planWindows([extent(1, 0, 40)], 10, 100)).toBeNull();
  });

  test("has no window without objects", () => {
    expect(planWindows([], 10, 100)).toEqual([]);
  });
});
