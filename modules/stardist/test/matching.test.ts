import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { combineMatches, ensureEnvironment, type LabelMatch, matchLabelsAt, readNpy } from "@parfocal/core";
import { expect, it } from "vitest";
import { stardist } from "../src/index.ts";

type Score = Readonly<Record<string, number>>;

interface Upstream {
  readonly ious: readonly number[];
  /** By image, then by IoU. */
  readonly images: readonly (readonly Score[])[];
  /** Of all images together, by IoU. */
  readonly all: readonly Score[];
}

const inUpstreamWords = (match: LabelMatch): Score => ({
  thresh: match.iou,
  tp: match.truePositives,
  fp: match.falsePositives,
  fn: match.falseNegatives,
  precision: match.precision,
  recall: match.recall,
  f1: match.f1,
  accuracy: match.accuracy,
  n_true: match.truePositives + match.falseNegatives,
  n_pred: match.truePositives + match.falsePositives,
  mean_matched_score: match.meanMatchedIou,
  mean_true_score: match.meanTrueIou,
  panoptic_quality: match.panopticQuality,
});

function expectEqual(ours: LabelMatch, theirs: Score): void {
  const score = inUpstreamWords(ours);
  expect(Object.keys(score).sort()).toEqual(Object.keys(theirs).sort());
  for (const [name, value] of Object.entries(theirs)) expect(Math.abs(score[name]! - value), name).toBeLessThan(1e-9);
}

it("core's matching of labels equals upstream's, image by image and over all of them", async () => {
  const folder = await mkdtemp(join(tmpdir(), "parfocal matching "));
  try {
    const { python } = await ensureEnvironment(stardist.handle, { device: "cpu" });
    const script = fileURLToPath(new URL("support/match_labels.py", import.meta.url));
    const { stdout } = await promisify(execFile)(python, ["-I", script, folder], { maxBuffer: 1 << 26 });
    const upstream = JSON.parse(stdout) as Upstream;
    const images: LabelMatch[][] = [];
    for (const [index, scores] of upstream.images.entries()) {
      const [truth, labels] = await Promise.all(["truth", "labels"].map((name) => readNpy(join(folder, `${name}-${index}.npy`))));
      const matches = matchLabelsAt(truth!, labels!, upstream.ious);
      for (const [at, match] of matches.entries()) expectEqual(match, scores[at]!);
      images.push(matches);
    }
    for (const [at, score] of upstream.all.entries()) expectEqual(combineMatches(images.map((matches) => matches[at]!)), score);
    const [, many] = upstream.images;
    expect(many![0]!.tp).toBeGreaterThan(130);
    expect(many!.at(-1)!.tp).toBeLessThan(many![0]!.tp!);
  } finally {
    await rm(folder, { recursive: true });
  }
});
