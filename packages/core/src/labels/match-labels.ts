import type { NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";

/** How well found objects agree with true ones, at one IoU. */
export interface LabelMatch {
  /** Intersection over union that a pair must reach. */
  readonly iou: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  /** TP / (TP + FP), 0..1; 0 when nothing was found. */
  readonly precision: number;
  /** TP / (TP + FN), 0..1; 0 when there is nothing to find. */
  readonly recall: number;
  /** 2 TP / (2 TP + FP + FN), 0..1; 0 when there are no objects at all. */
  readonly f1: number;
  /** TP / (TP + FP + FN), 0..1, also called AP; 0 when there are no objects at all. */
  readonly accuracy: number;
}

/**
 * Pairs found objects with true ones, one to one. From an IoU of 0.5 on no object can have two partners of more than that overlap, so taking
 * the pairs one by one is exact.
 *
 * @param truth labels of any shape, integers, 0 is background.
 * @param labels found labels of the same shape.
 * @param iou smallest IoU of a pair, 0.5 to 1.
 * @throws ParfocalError INPUT_REJECTED when the shapes differ, USAGE when iou is below 0.5.
 */
export function matchLabels(truth: NdArray, labels: NdArray, iou = 0.5): LabelMatch {
  if (truth.shape.join() !== labels.shape.join()) {
    throw new ParfocalError("INPUT_REJECTED", `truth is ${truth.shape.join(" x ")}, labels are ${labels.shape.join(" x ")}`, {
      hint: "compare labels of the same image",
      details: {},
    });
  }
  if (!(iou >= 0.5 && iou <= 1)) {
    throw new ParfocalError("USAGE", `an IoU of ${iou} does not pair objects uniquely`, { hint: "choose an IoU from 0.5 to 1" });
  }
  const overlaps = countOverlaps(truth, labels);
  const matchedTruth = new Set<number>();
  const matchedLabels = new Set<number>();
  for (const [wanted, row] of overlaps.pairs) {
    for (const [found, shared] of row) {
      const union = overlaps.truthAreas.get(wanted)! + overlaps.labelAreas.get(found)! - shared;
      if (shared / union < iou || matchedTruth.has(wanted) || matchedLabels.has(found)) continue;
      matchedTruth.add(wanted);
      matchedLabels.add(found);
    }
  }
  const truePositives = matchedTruth.size;
  const falsePositives = overlaps.labelAreas.size - truePositives;
  const falseNegatives = overlaps.truthAreas.size - truePositives;
  return {
    iou,
    truePositives,
    falsePositives,
    falseNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    accuracy: ratio(truePositives, truePositives + falsePositives + falseNegatives),
  };
}

interface Overlaps {
  readonly truthAreas: ReadonlyMap<number, number>;
  readonly labelAreas: ReadonlyMap<number, number>;
  /** Shared pixels by true id, then by found id. */
  readonly pairs: ReadonlyMap<number, ReadonlyMap<number, number>>;
}

function countOverlaps(truth: NdArray, labels: NdArray): Overlaps {
  const truthAreas = new Map<number, number>();
  const labelAreas = new Map<number, number>();
  const pairs = new Map<number, Map<number, number>>();
  for (let index = 0; index < truth.data.length; index += 1) {
    const wanted = Number(truth.data[index]);
    const found = Number(labels.data[index]);
    if (wanted !== 0) increase(truthAreas, wanted);
    if (found !== 0) increase(labelAreas, found);
    if (wanted === 0 || found === 0) continue;
    const row = pairs.get(wanted) ?? new Map<number, number>();
    pairs.set(wanted, row);
    increase(row, found);
  }
  return { truthAreas, labelAreas, pairs };
}

function increase(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
