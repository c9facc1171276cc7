import { basename, resolve } from "node:path";
import { combineMatches, exitCodeOf, type ParfocalError, writeAtomically } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { labelFiles, pairFiles } from "../inputs/label-files.ts";
import { usageError } from "../options/usage-error.ts";
import { displayPath } from "../run/report-outcome.ts";
import { type NamedScore, nameMatch, renderImages, renderTotal, scoresToCsv } from "../score/render-scores.ts";
import { type ImageScore, meanPrecision, scoreFiles } from "../score/score-files.ts";
import { errorToJson, renderError } from "../terminal/error-block.ts";
import { formatCount } from "../text/format.ts";

const usualIous = [0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95];

function readIous(text: string | undefined): readonly number[] {
  if (text === undefined) return usualIous;
  const ious = text.split(",").map(Number);
  if (ious.every((iou) => iou >= 0.5 && iou <= 1)) return ious;
  throw usageError(`--iou takes numbers from 0.5 to 1, not "${text}"`, "write for example --iou 0.5 or --iou 0.5,0.75");
}

function tellFailure(score: Extract<ImageScore, { error: ParfocalError }>, context: CliContext): void {
  const { terminal, json, verbose, cwd } = context;
  if (json) writeJson(context, errorToJson(score.error, score.labels));
  terminal.err(`${displayPath(score.labels, cwd)}\n`);
  terminal.err(renderError(score.error, terminal.errStyle, { verbose }));
}

async function score(truth: string, labels: string, ious: readonly number[], csv: string | undefined, context: CliContext) {
  const { terminal, progress, cwd, json } = context;
  const { pairs, alone } = pairFiles(await labelFiles(truth, cwd), await labelFiles(labels, cwd));
  const scores: NamedScore[] = [];
  const errors: ParfocalError[] = [];
  for await (const result of scoreFiles(pairs, ious, context.signal)) {
    progress.update(`${scores.length + errors.length + 1}/${pairs.length}  ${result.name}`);
    if (result.error) {
      progress.clear();
      errors.push(result.error);
      tellFailure(result, context);
      continue;
    }
    const { name, matches } = result;
    scores.push({ name, matches });
    if (json) {
      const mean = meanPrecision(matches);
      writeJson(context, { type: "score", ...result, matches: matches.map(nameMatch), meanAveragePrecision: mean });
    }
  }
  progress.clear();
  const total = scores.length === 0 ? [] : ious.map((_, at) => combineMatches(scores.map(({ matches }) => matches[at]!)));
  if (scores.length > 0) {
    const mean = meanPrecision(total);
    if (json) {
      writeJson(context, { type: "total", images: scores.length, matches: total.map(nameMatch), meanAveragePrecision: mean });
    } else {
      const title = scores.length === 1 ? "" : `\n${terminal.outStyle.bold(`all ${scores.length} images`)}\n`;
      terminal.out(renderImages(scores));
      terminal.out(`${title || "\n"}${renderTotal(total)}`);
      if (ious.length > 1) terminal.out(`mean AP ${mean.toFixed(4)}\n`);
    }
    if (csv !== undefined) {
      const rows = scores.length === 1 ? scores : [...scores, { name: "(all)", matches: total }];
      await writeAtomically(resolve(cwd, csv), (file) => file.append(Buffer.from(scoresToCsv(rows))));
    }
  }
  if (alone.length > 0) {
    const named = alone.slice(0, 5).map((file) => basename(file));
    const rest = alone.length > 5 ? ` and ${alone.length - 5} more` : "";
    progress.line(terminal.errStyle.yellow(`${formatCount(alone.length, "file")} without a partner: ${named.join(", ")}${rest}`));
  }
  if (errors.length > 0) return scores.length > 0 ? 5 : exitCodeOf(errors[0]!);
  return alone.length > 0 ? 5 : 0;
}

export const scoreCommand = defineSimpleCommand({
  meta: {
    name: "score",
    description: "Compare labels with true ones: AP, F1, precision, recall, panoptic quality",
    usage: "TRUTH LABELS [options]",
    examples: [
      ["score truth.tif nuclei_labels.tif", "two files"],
      ["score annotated/ parfocal-output/", "two folders, files paired by name: a.png with a_labels.tif"],
      ["score annotated/ results/ --csv scores.csv", "a row for each image and IoU, for a spreadsheet"],
    ],
    notes: [
      "A found object counts when its overlap with a true one, intersection over union, reaches the IoU. AP is TP / (TP + FP + FN); numbers " +
        "equal those of stardist.matching. Over all images, objects are counted together.",
      "Exits with 5 when some files could not be compared or had no partner.",
    ],
  },
  args: {
    truth: { type: "positional", required: false, description: "File or folder of true labels" },
    labels: { type: "positional", required: false, description: "File or folder of labels that were found" },
    iou: { type: "string", valueHint: "A,B", description: "IoU to score at, 0.5 to 1 (default 0.5 to 0.95 in steps of 0.05)" },
    csv: { type: "string", valueHint: "FILE", description: "Write all numbers as CSV" },
  },
  needs: 2,
  run: ({ context, options, positionals }) =>
    score(positionals[0]!, positionals[1]!, readIous(options.text("iou")), options.text("csv"), context),
});
