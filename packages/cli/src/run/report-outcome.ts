import { basename, isAbsolute, relative } from "node:path";
import type { ParfocalError, RunResult } from "@parfocal/core";
import type { ObjectSummary } from "@parfocal/io";
import { type CliContext, writeJson } from "../context.ts";
import { errorToJson, renderError } from "../terminal/error-block.ts";
import { formatCount, formatDuration, formatEta } from "../text/format.ts";
import type { Failure, Outcome, Skipped, Success } from "./outcome.ts";

/** `median 18.3 px (5.9 µm)`, empty without objects. */
export function describeDiameter({ medianDiameterPx, medianDiameterUm }: ObjectSummary): string {
  if (medianDiameterPx === null) return "";
  const um = medianDiameterUm === null ? "" : ` (${medianDiameterUm.toPrecision(3)} µm)`;
  return `median ${medianDiameterPx.toFixed(1)} px${um}`;
}

/** A path as short as it can be told: relative inside the working folder, absolute elsewhere. */
export function displayPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}

/** One line for one image: `nuclei.tif  125 objects  median 18.3 px  0.42 s  -> parfocal-output/nuclei_labels.tif`. */
export function renderSuccess(success: Success, cwd: string): string {
  const { input, outputs, objects, elapsedMs } = success;
  const fields = [
    basename(input),
    formatCount(objects.count, "object"),
    describeDiameter(objects),
    formatDuration(elapsedMs),
    `-> ${displayPath(outputs.labels, cwd)}`,
  ];
  return fields.filter((field) => field !== "").join("  ");
}

/** A result as one JSON object, without its arrays. */
export function successToJson(success: Success): Record<string, unknown> {
  const { input, outputs, result, objects, notes, shape, axes, startMs, elapsedMs } = success;
  const { timing, device, warnings, provenance } = result as RunResult;
  return {
    type: "result",
    input,
    outputs,
    module: provenance.module,
    version: provenance.version,
    objects: objects.count,
    medianDiameterPx: objects.medianDiameterPx,
    medianDiameterUm: objects.medianDiameterUm,
    shape,
    axes,
    startMs,
    elapsedMs,
    timing,
    device,
    notes,
    adaptations: provenance.adaptations,
    warnings,
  };
}

/** An image whose results were there before, as one JSON object. */
function skippedToJson({ input, outputs, skipped }: Skipped): Record<string, unknown> {
  const { count, medianDiameterPx, medianDiameterUm } = skipped;
  return { type: "skipped", input, outputs, objects: count, medianDiameterPx, medianDiameterUm };
}

/** Prints what became of each input as it becomes known, and how the whole went. */
export interface OutcomeReporter {
  report(outcome: Outcome): void;
  /** Those that came to nothing so far. */
  readonly failures: readonly Failure[];
  /** How far the batch is: `312 of 1000  2 failed  8.1 images/s  eta 1 min`. */
  describe(): string;
  /** @returns the exit code: 0, the failures' own where all failed alike, 1 where all failed differently, 5 where some failed */
  finish(): Promise<number>;
}

function exitCodeOfBatch(total: number, codes: readonly number[]): number {
  if (codes.length === 0) return 0;
  if (codes.length < total) return 5;
  return new Set(codes).size === 1 ? codes[0]! : 1;
}

export function createOutcomeReporter(context: CliContext, total: number): OutcomeReporter {
  const { terminal, progress, json, verbose, cwd } = context;
  const style = terminal.errStyle;
  const failures: Failure[] = [];
  const startedMs = performance.now();
  let reported = 0;
  let skipped = 0;
  const shown = new Set<ParfocalError>();

  return {
    failures,
    describe() {
      const seconds = (performance.now() - startedMs) / 1000;
      const rate = (reported - skipped) / seconds;
      const left = total - reported;
      return [
        `${reported} of ${total}`,
        ...(skipped > 0 ? [`${skipped} skipped`] : []),
        ...(failures.length > 0 ? [`${failures.length} failed`] : []),
        ...(rate > 0 ? [rate >= 1 ? `${rate.toFixed(1)} images/s` : `${formatDuration(1000 / rate)} an image`] : []),
        ...(rate > 0 && left > 0 ? [`eta ${formatEta((left / rate) * 1000)}`] : []),
      ].join("  ");
    },
    report(outcome) {
      reported += 1;
      progress.clear();
      if (outcome.error) {
        failures.push(outcome);
        if (json) writeJson(context, errorToJson(outcome.error, outcome.input));
        else if (total > 1) terminal.err(`${basename(outcome.input)}  ${style.red(`failed: ${outcome.error.code}`)}\n`);
        return;
      }
      if (outcome.skipped) {
        skipped += 1;
        if (json) writeJson(context, skippedToJson(outcome));
        return;
      }
      if (json) writeJson(context, successToJson(outcome));
      else terminal.out(`${renderSuccess(outcome, cwd)}\n`);
      for (const note of [...outcome.notes, ...outcome.result.provenance.adaptations])
        progress.line(style.dim(`  note: ${note}`));
      for (const warning of outcome.result.warnings) progress.line(`  ${style.yellow("warning:")} ${warning}`);
    },
    async finish() {
      if (skipped > 0) progress.line(`${formatCount(skipped, "image")} skipped: the same results were there`);
      if (failures.length > 0 && total > 1) terminal.err(`\n${failures.length} of ${formatCount(total, "image")} failed\n`);
      for (const { input, error } of failures) {
        if (total > 1) terminal.err(`${style.bold(displayPath(input, cwd))}\n`);
        if (!shown.has(error)) terminal.err(renderError(error, style, { verbose }));
        else terminal.err(`  ${style.dim("the same error as above")}\n`);
        shown.add(error);
      }
      const { exitCodeOf } = await import("@parfocal/core");
      return exitCodeOfBatch(
        reported,
        failures.map(({ error }) => exitCodeOf(error)),
      );
    },
  };
}
