import { describe, expect, it } from "vitest";
import type { NdArray } from "../contract/array.ts";
import { combineMatches, matchLabels, matchLabelsAt } from "./match-labels.ts";

const row = (...values: number[]): NdArray<"int32"> => ({
  data: Int32Array.from(values),
  shape: [1, values.length],
  dtype: "int32",
});

describe("matchLabels", () => {
  it("pairs objects whatever their ids are", () => {
    const match = matchLabels(row(0, 1, 1, 1, 0, 2, 2, 2), row(0, 9, 9, 9, 0, 4, 4, 0));
    expect(match).toMatchObject({ truePositives: 2, falsePositives: 0, falseNegatives: 0, f1: 1, accuracy: 1 });
  });

  it("counts a merged pair as one found and one missed when one of the two covers half of it", () => {
    const match = matchLabels(row(1, 1, 1, 2, 2, 0), row(5, 5, 5, 5, 5, 0));
    expect(match).toMatchObject({ truePositives: 1, falsePositives: 0, falseNegatives: 1, precision: 1, recall: 0.5 });
    expect(match.f1).toBeCloseTo(2 / 3, 12);
  });

  it("leaves out pairs under the wanted IoU", () => {
    expect(matchLabels(row(1, 1, 1, 0), row(0, 1, 1, 1), 0.5)).toMatchObject({ truePositives: 1 });
    expect(matchLabels(row(1, 1, 1, 0), row(0, 1, 1, 1), 0.6)).toMatchObject({
      truePositives: 0,
      falsePositives: 1,
      falseNegatives: 1,
      f1: 0,
    });
  });

  it("is 0 without any object, and refuses arrays of different shape", () => {
    expect(matchLabels(row(0, 0), row(0, 0)).f1).toBe(0);
    expect(() => matchLabels(row(0, 0), row(0))).toThrow("truth is 1 x 2, labels are 1 x 1");
  });

  it("has the panoptic quality: the overlap of the pairs, and how many there are", () => {
    const match = matchLabels(row(1, 1, 1, 1, 0, 2, 2, 3), row(1, 1, 1, 0, 0, 5, 5, 0));
    expect(match).toMatchObject({ truePositives: 2, falseNegatives: 1, meanMatchedIou: 0.875 });
    expect(match.panopticQuality).toBeCloseTo(1.75 / 2.5, 12);
    expect(match.meanTrueIou).toBeCloseTo(1.75 / 3, 6);
  });

  it("counts over several images and at several IoU", () => {
    const ious = [0.5, 0.9];
    const first = matchLabelsAt(row(1, 1, 1, 1, 2, 2), row(1, 1, 1, 0, 2, 2), ious);
    const second = matchLabelsAt(row(7, 0), row(0, 7), ious);
    expect(first.map(({ truePositives }) => truePositives)).toEqual([2, 1]);
    const all = combineMatches([first[0]!, second[0]!]);
    expect(all).toMatchObject({ iou: 0.5, truePositives: 2, falsePositives: 1, falseNegatives: 1, precision: 2 / 3 });
    expect(all.panopticQuality).toBeCloseTo(1.75 / 3, 6);
  });
});
