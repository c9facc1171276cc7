import type { Labels } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { measureLabels } from "./measure-labels.ts";

function labelsOf(axes: string, shape: number[], values: number[], pixelSize?: Labels["pixelSize"]): Labels {
  return { data: Int32Array.from(values), shape, dtype: "int32", axes, ...(pixelSize && { pixelSize }) };
}

describe("measureLabels", () => {
  it("takes the circle of the same area in 2D", () => {
    const measures = measureLabels(labelsOf("yx", [2, 5], [1, 1, 0, 7, 7, 1, 1, 0, 7, 7], { x: 0.5, y: 0.5 }));
    expect(measures.objects).toBe(2);
    expect(measures.medianDiameterPx).toBeCloseTo(2 * Math.sqrt(4 / Math.PI), 12);
    expect(measures.medianDiameterUm).toBeCloseTo(Math.sqrt(4 / Math.PI), 12);
  });

  it("takes the ball of the same volume in 3D, the median of an even number between the middle two", () => {
    const measures = measureLabels(labelsOf("zyx", [2, 1, 5], [1, 2, 2, 2, 0, 1, 2, 2, 2, 0]));
    const ball = (volume: number) => Math.cbrt((6 * volume) / Math.PI);
    expect(measures).toEqual({ objects: 2, medianDiameterPx: (ball(2) + ball(6)) / 2, medianDiameterUm: null });
  });

  it("counts a single plane as 2D", () => {
    expect(measureLabels(labelsOf("zyx", [1, 1, 2], [1, 0])).medianDiameterPx).toBeCloseTo(2 / Math.sqrt(Math.PI), 12);
  });

  it("has no diameter without objects, nor micrometres without a common pixel size", () => {
    expect(measureLabels(labelsOf("yx", [1, 2], [0, 0]))).toEqual({ objects: 0, medianDiameterPx: null, medianDiameterUm: null });
    expect(measureLabels(labelsOf("yx", [1, 1], [1], { x: 0.5, y: 0.7 })).medianDiameterUm).toBeNull();
  });
});
