import type { Labels } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { summarizeObjects } from "./summarize-objects.ts";

const labelsOf = (axes: string, shape: readonly number[], ids: readonly number[]): Labels => ({
  data: Int32Array.from(ids),
  shape,
  dtype: "int32",
  axes,
});

describe("summarizeObjects", () => {
  it("gives the diameter of the circle of the median area", () => {
    const labels = labelsOf("yx", [2, 5], [1, 1, 1, 1, 0, 2, 7, 7, 7, 0]);
    const { count, medianDiameterPx, medianDiameterUm } = summarizeObjects(labels, { x: 0.5, y: 2 });
    expect(count).toBe(3);
    expect(medianDiameterPx).toBeCloseTo(2 * Math.sqrt(3 / Math.PI), 12);
    // half a micrometre by two: one square micrometre a pixel
    expect(medianDiameterUm).toBeCloseTo(2 * Math.sqrt(3 / Math.PI), 12);
  });

  it("takes the mean of the two in the middle", () => {
    const labels = labelsOf("yx", [1, 6], [1, 2, 2, 2, 2, 0]);
    expect(summarizeObjects(labels).medianDiameterPx).toBeCloseTo(Math.sqrt(1 / Math.PI) + Math.sqrt(4 / Math.PI), 12);
  });

  it("gives the diameter of the ball of the same volume for stacks", () => {
    const labels = labelsOf("zyx", [2, 2, 2], new Array(8).fill(5));
    const { count, medianDiameterPx, medianDiameterUm } = summarizeObjects(labels, { x: 1, y: 1, z: 8 });
    expect(count).toBe(1);
    expect(medianDiameterPx).toBeCloseTo(Math.cbrt(48 / Math.PI), 12);
    expect(medianDiameterUm).toBeCloseTo(Math.cbrt((6 * 64) / Math.PI), 12);
    expect(summarizeObjects(labels, { x: 1, y: 1 }).medianDiameterUm).toBeNull();
  });

  it("has no diameter without objects, and takes ids of any size", () => {
    expect(summarizeObjects(labelsOf("yx", [1, 2], [0, 0]))).toEqual({
      count: 0,
      medianDiameterPx: null,
      medianDiameterUm: null,
    });
    expect(summarizeObjects(labelsOf("yx", [1, 2], [2 ** 31 - 1, 0])).count).toBe(1);
    expect(() => summarizeObjects(labelsOf("yx", [1, 2], [-4, 0]))).toThrow("the id -4 is negative");
  });
});
