import { type LabelMatch, matchLabelsAt, type ParfocalError, toParfocalError } from "@parfocal/core";
import type { LabelPair } from "../inputs/label-files.ts";

/** How one image's labels agree with its truth, at each IoU, or why they could not be compared. */
export type ImageScore =
  | (LabelPair & { readonly matches: readonly LabelMatch[]; readonly error?: undefined })
  | (LabelPair & { readonly error: ParfocalError });

/** Compares one pair after another, so that memory holds two images at most. */
export async function* scoreFiles(
  pairs: readonly LabelPair[],
  ious: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<ImageScore> {
  const { readLabels } = await import("@parfocal/io");
  for (const pair of pairs) {
    signal.throwIfAborted();
    try {
      const [truth, labels] = await Promise.all([readLabels(pair.truth), readLabels(pair.labels)]);
      yield { ...pair, matches: matchLabelsAt(truth, labels, ious) };
    } catch (error) {
      yield { ...pair, error: toParfocalError(error) };
    }
  }
}

/** Mean over the IoU of TP / (TP + FP + FN). */
export function meanPrecision(matches: readonly LabelMatch[]): number {
  return matches.reduce((sum, { accuracy }) => sum + accuracy, 0) / matches.length;
}
