import { describe, expect, it } from "vitest";
import { stretch } from "./stretch.ts";

describe("stretch", () => {
  it("makes the lower percentile black, the upper one white, and keeps the order between", () => {
    const plane = Float32Array.from({ length: 101 }, (_, index) => 1000 + index);
    const [bytes] = stretch([plane], [10, 90]);
    expect([bytes![0], bytes![10], bytes![90], bytes![100]]).toEqual([0, 0, 255, 255]);
    expect(bytes![50]).toBeGreaterThan(127);
    for (let index = 1; index < 101; index += 1) expect(bytes![index]).toBeGreaterThanOrEqual(bytes![index - 1]!);
  });

  it("keeps the colours of planes to each other", () => {
    const [red, green] = stretch([Float32Array.of(0, 100), Float32Array.of(0, 50)], [0, 100]);
    expect(red![1]).toBe(255);
    expect(green![1]).toBe(Math.round(0.5 ** 0.8 * 255));
  });

  it("makes pixels that are no number black, and planes of one value too", () => {
    expect([
      ...stretch([Float32Array.of(Number.NaN, 1, 2, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)], [0, 100])[0]!,
    ]).toEqual([0, 0, 255, 0, 255]);
    expect([...stretch([new Float32Array(3).fill(7)], [2, 98])[0]!]).toEqual([0, 0, 0]);
  });
});
