import { basename, isAbsolute, relative } from "node:path";
import type { ParfocalError, RunResult } from "@parfocal/core";
import type { ObjectSummary } from "@parfocal/io";
import { type CliContext, writeJson } from "../context.ts";
import { errorToJson, renderError } from "../terminal/error-block.ts";
import { formatCount, formatDuration } from "../text/format.ts";
import type { Outcome, Success } from "./outcome.ts";

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

/** Prints what became of each input as it becomes known, and how the whole went. */
export interface OutcomeReporter {
  report(outcome: Outcome): void;
  /** @returns the exit code: 0, the failures' own where all failed alike, 1 where all failed differently, 5 where some failed */
  finish(): Promise<number>;
}

function exitCodeOfBatch(outcomes: readonly Outcome[], codes: readonly number[]): number {
  if (codes.length === 0) return 0;
  if (codes.length < outcomes.length) return 5;
  return new Set(codes).size === 1 ? codes[0]! : 1;
}

export function createOutcomeReporter(context: CliContext, total: number): OutcomeReporter {
  const { terminal, progress, json, verbose, cwd } = context;
  const style = terminal.errStyle;
  const outcomes: Outcome[] = [];
  const shown = new Set<ParfocalError>();

  return {
    report(outcome) {
      outcomes.push(outcome);
      progress.clear();
      if (outcome.error) {
        if (json) writeJson(context, errorToJson(outcome.error, outcome.input));
        else if (total > 1) terminal.err(`${basename(outcome.input)}  ${style.red(`failed: ${outcome.error.code}`)}\n`);
        return;
      }
      if (json) writeJson(context, successToJson(outcome));
      else terminal.out(`${renderSuccess(outcome, cwd)}\n`);
      for (const note of [...outcome.notes, ...outcome.result.provenance.adaptations])
        progress.line(style.dim(`  note: ${note}`));
      for (const warning of outcome.result.warnings) progress.line(`  ${style.yellow("warning:")} ${warning}`);
    },
    async finish() {
      const failures = outcomes.flatMap(({ input, error }) => (error ? [{ input, error }] : []));
      if (failures.length > 0 && total > 1) terminal.err(`\n${failures.length} of ${formatCount(total, "image")} failed\n`);
      for (const { input, error } of failures) {
        if (total > 1) terminal.err(`${style.bold(displayPath(input, cwd))}\n`);
        if (!shown.has(error)) terminal.err(renderError(error, style, { verbose }));
        else terminal.err(`  ${style.dim("the same error as above")}\n`);
        shown.add(error);
      }
      const { exitCodeOf } = await import("@parfocal/core");
      return exitCodeOfBatch(
        outcomes,
        failures.map(({ error }) => exitCodeOf(error)),
      );
    },
  };
}
