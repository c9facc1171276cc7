import { describe, expect, it } from "vitest";
import { chooseColours, outlineColours } from "./colours.ts";
import { findEdges } from "./edges.ts";

describe("chooseColours", () => {
  it("gives objects that touch colours that are far apart", () => {
    // a board of 8 by 8 objects of 5 by 5 pixels, each touching up to eight others
    const width = 40;
    const ids = Int32Array.from(
      { length: width * width },
      (_, at) => 1 + Math.floor((at % width) / 5) + 8 * Math.floor(at / width / 5),
    );
    const colours = chooseColours(findEdges(ids, width));
    expect(colours.size).toBe(64);
    const distance = (a: number, b: number): number =>
      Math.hypot(...outlineColours[colours.get(a)!]!.map((value, channel) => value - outlineColours[colours.get(b)!]![channel]!));
    for (let id = 1; id <= 64; id += 1) {
      if (id % 8 !== 0) expect(distance(id, id + 1), `${id} and its right neighbour`).toBeGreaterThan(40);
      if (id <= 56) expect(distance(id, id + 8), `${id} and the one below`).toBeGreaterThan(40);
    }
  });

  it("gives an object the same colour each time, and none to the background", () => {
    const ids = Int32Array.of(0, 0, 9, 0, 0, 2_000_000_000);
    const outlined = findEdges(ids, 6);
    expect([...chooseColours(outlined).keys()]).toEqual([9, 2_000_000_000]);
    expect(chooseColours(outlined)).toEqual(chooseColours(outlined));
    for (const colour of outlineColours) expect(Math.max(...colour)).toBeGreaterThan(180);
  });
});
