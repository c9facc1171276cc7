import type { NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { countOverlaps, type Overlaps } from "./count-overlaps.ts";
import { sumSingles } from "./sum-singles.ts";

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
  /** Mean IoU of the pairs, 0..1; 0 without any. */
  readonly meanMatchedIou: number;
  /** Sum of the pairs' IoU over the number of true objects, 0..1; 0 when there is nothing to find. */
  readonly meanTrueIou: number;
  /**
   * Sum of the pairs' IoU / (TP + FP / 2 + FN / 2), 0..1 (A. Kirillov et al., "Panoptic Segmentation", CVPR 2019, equation 1); 0 when there are no
   * objects at all.
   */
  readonly panopticQuality: number;
}

/**
 * Pairs found objects with true ones, one to one. From an IoU of 0.5 on no object can have two partners of more than that overlap, so taking
 * the pairs one by one is exact. Numbers are those of `stardist.matching.matching` on NumPy 2, which has IoU, their sum and `meanTrueIou` in
 * single precision.
 *
 * @param truth labels of any shape, integers, 0 is background.
 * @param labels found labels of the same shape.
 * @param iou smallest IoU of a pair, 0.5 to 1.
 * @throws ParfocalError INPUT_REJECTED when the shapes differ, USAGE when iou is below 0.5.
 */
export function matchLabels(truth: NdArray, labels: NdArray, iou = 0.5): LabelMatch {
  return matchLabelsAt(truth, labels, [iou])[0]!;
}

/**
 * {@link matchLabels} at several IoU, which counts pixels only once.
 *
 * @throws ParfocalError INPUT_REJECTED when the shapes differ, USAGE when an IoU is below 0.5.
 */
export function matchLabelsAt(truth: NdArray, labels: NdArray, ious: readonly number[]): LabelMatch[] {
  if (truth.shape.join() !== labels.shape.join()) {
    throw new ParfocalError("INPUT_REJECTED", `truth is ${truth.shape.join(" x ")}, labels are ${labels.shape.join(" x ")}`, {
      hint: "compare labels of the same image",
      details: {},
    });
  }
  for (const iou of ious) {
    if (iou >= 0.5 && iou <= 1) continue;
    throw new ParfocalError("USAGE", `an IoU of ${iou} does not pair objects uniquely`, { hint: "choose an IoU from 0.5 to 1" });
  }
  const overlaps = countOverlaps(truth, labels);
  return ious.map((iou) => matchAt(overlaps, iou));
}

/**
 * The agreement on several images together: objects are counted over all of them, as `stardist.matching.matching_dataset` does.
 *
 * @param matches of each image, all at the same IoU; at least one
 */
export function combineMatches(matches: readonly LabelMatch[]): LabelMatch {
  const total = (count: (match: LabelMatch) => number): number => matches.reduce((sum, match) => sum + count(match), 0);
  const [first] = matches as [LabelMatch];
  const iouSum = matches.reduce((sum, match) => {
    const found = match.truePositives + match.falseNegatives;
    return Math.fround(sum + Math.fround(match.meanTrueIou * found));
  }, 0);
  return scoresOf(
    first.iou,
    total((match) => match.truePositives),
    total((match) => match.falsePositives),
    total((match) => match.falseNegatives),
    iouSum,
  );
}

function matchAt({ truthAreas, labelAreas, pairs }: Overlaps, iou: number): LabelMatch {
  const wantedIou = Math.fround(iou);
  const taken = new Set<number>();
  const ious: number[] = [];
  for (const wanted of [...pairs.keys()].sort((a, b) => a - b)) {
    for (const [found, shared] of pairs.get(wanted)!) {
      const reached = Math.fround(shared / (truthAreas.get(wanted)! + labelAreas.get(found)! - shared));
      if (reached < wantedIou || taken.has(found)) continue;
      taken.add(found);
      ious.push(reached);
      break;
    }
  }
  const { length } = ious;
  return scoresOf(iou, length, labelAreas.size - length, truthAreas.size - length, sumSingles(ious));
}

function scoresOf(
  iou: number,
  truePositives: number,
  falsePositives: number,
  falseNegatives: number,
  iouSum: number,
): LabelMatch {
  const wrong = falsePositives + falseNegatives;
  return {
    iou,
    truePositives,
    falsePositives,
    falseNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    f1: ratio(2 * truePositives, 2 * truePositives + wrong),
    accuracy: ratio(truePositives, truePositives + wrong),
    meanMatchedIou: ratio(iouSum, truePositives),
    meanTrueIou: Math.fround(ratio(iouSum, truePositives + falseNegatives)),
    panopticQuality: ratio(iouSum, truePositives + wrong / 2),
  };
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
