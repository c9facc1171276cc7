import type { LabelMatch } from "@parfocal/core";
import { formatCsv } from "../text/csv.ts";
import { formatColumns } from "../text/format.ts";
import { meanPrecision } from "./score-files.ts";

export interface NamedScore {
  readonly name: string;
  readonly matches: readonly LabelMatch[];
}

/** A match under the names that people look for. */
export interface NamedMatch extends Omit<LabelMatch, "accuracy"> {
  readonly averagePrecision: number;
  readonly trueObjects: number;
  readonly foundObjects: number;
}

export function nameMatch({ accuracy, ...match }: LabelMatch): NamedMatch {
  return {
    ...match,
    averagePrecision: accuracy,
    trueObjects: match.truePositives + match.falseNegatives,
    foundObjects: match.truePositives + match.falsePositives,
  };
}

const share = (value: number): string => value.toFixed(3);

/** A row for each image, at the first IoU. */
export function renderImages(scores: readonly NamedScore[]): string {
  const [first] = scores as [NamedScore];
  const many = first.matches.length > 1;
  const ap = `AP ${first.matches[0]!.iou}`;
  const head = ["image", "true", "found", "matched", ap, "F1", "precision", "recall", "PQ", ...(many ? ["mean AP"] : [])];
  const rows = scores.map(({ name, matches }) => {
    const match = nameMatch(matches[0]!);
    const counts = [match.trueObjects, match.foundObjects, match.truePositives].map(String);
    const shares = [match.averagePrecision, match.f1, match.precision, match.recall, match.panopticQuality];
    return [name, ...counts, ...[...shares, ...(many ? [meanPrecision(matches)] : [])].map(share)];
  });
  return `${formatColumns([head, ...rows], "")}\n`;
}

/** A row for each IoU, over all images. */
export function renderTotal(matches: readonly LabelMatch[]): string {
  const head = ["IoU", "matched", "wrong", "missed", "AP", "F1", "precision", "recall", "PQ", "mean IoU"];
  const rows = matches.map((match) => [
    ...[match.iou, match.truePositives, match.falsePositives, match.falseNegatives].map(String),
    ...[match.accuracy, match.f1, match.precision, match.recall, match.panopticQuality, match.meanMatchedIou].map(share),
  ]);
  return `${formatColumns([head, ...rows], "")}\n`;
}

const csvColumns = {
  iou: "iou",
  true_objects: "trueObjects",
  found_objects: "foundObjects",
  true_positives: "truePositives",
  false_positives: "falsePositives",
  false_negatives: "falseNegatives",
  average_precision: "averagePrecision",
  f1: "f1",
  precision: "precision",
  recall: "recall",
  panoptic_quality: "panopticQuality",
  mean_matched_iou: "meanMatchedIou",
  mean_true_iou: "meanTrueIou",
} as const satisfies Readonly<Record<string, keyof NamedMatch>>;

/** A row for each image and IoU, numbers in full. */
export function scoresToCsv(scores: readonly NamedScore[]): string {
  const rows = scores.flatMap(({ name, matches }) =>
    matches.map(nameMatch).map((match) => [name, ...Object.values(csvColumns).map((key) => match[key])]),
  );
  return formatCsv([["image", ...Object.keys(csvColumns)], ...rows]);
}
