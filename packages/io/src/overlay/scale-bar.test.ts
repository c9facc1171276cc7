import { describe, expect, it } from "vitest";
import type { Picture } from "../png/encode-png.ts";
import { drawScaleBar, lengthText, roundLength } from "./scale-bar.ts";

const grey = (width: number, height: number): Picture => ({
  data: new Uint8Array(width * height).fill(100),
  width,
  height,
  palette: new Uint8Array(768),
});

/** Longest run of a value in any row. */
function longestRun({ data, width }: Picture, value: number): number {
  let longest = 0;
  for (let at = 0, run = 0; at < data.length; at += 1) {
    run = data[at] === value ? run + 1 : 0;
    if (at % width === 0) run = Math.min(run, 1);
    longest = Math.max(longest, run);
  }
  return longest;
}

describe("the scale bar", () => {
  it("has a length of 1, 2 or 5 times a power of ten", () => {
    expect([0.7, 1, 1.9, 2, 4.99, 5, 9.9, 83.2, 240, 0.031].map(roundLength)).toEqual([0.5, 1, 1, 2, 2, 5, 5, 50, 200, 0.02]);
  });

  it("says it in the unit that people would", () => {
    expect([20, 0.5, 0.1, 0.05, 1000, 5000].map(lengthText)).toEqual(["20 µm", "0.5 µm", "0.1 µm", "50 nm", "1 mm", "5 mm"]);
  });

  it("is as long in the picture as the length that it says", () => {
    const picture = grey(1024, 512);
    drawScaleBar(picture, 0.325, 255);
    // a quarter of 1024 pixels of 0.325 micrometres are 83.2: the bar says 50
    expect(longestRun(picture, 255)).toBe(Math.round(50 / 0.325));
    expect(picture.data.some((byte) => byte === 0)).toBe(true);
  });

  it("is left away where there is no room, and stays inside where there is little", () => {
    const small = grey(80, 200);
    drawScaleBar(small, 0.325, 255);
    expect(new Set(small.data)).toEqual(new Set([100]));
    const narrow = grey(96, 96);
    drawScaleBar(narrow, 0.0001, 255);
    expect(narrow.data).toHaveLength(96 * 96);
    expect(longestRun(narrow, 255)).toBeGreaterThan(5);
  });
});
