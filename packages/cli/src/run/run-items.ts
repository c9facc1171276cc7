import { dirname } from "node:path";
import { type CliContext, writeJson } from "../context.ts";
import type { QcCollector } from "../qc/collect-qc.ts";
import { errorToJson, renderError } from "../terminal/error-block.ts";
import { renderBar } from "../terminal/progress.ts";
import type { Failure, Outcome } from "./outcome.ts";
import { createOutcomeReporter, displayPath } from "./report-outcome.ts";
import { type BatchItem, type BatchOptions, runBatch } from "./run-batch.ts";

/** What is run, with which options of the command line. */
export interface ItemOptions extends Omit<BatchOptions, "cwd" | "signal" | "onItem" | "onProgress" | "findDone"> {
  /** Leave out what was done before with the same parameters. */
  readonly resume: boolean;
  /** Folder of the list of failures, of one image, too. Default: that of the results, of several images. */
  readonly failuresIn?: string;
  /** Gathers what the page to look the batch over shows; null for none. */
  readonly qc: QcCollector | null;
}

/**
 * Runs images and says how each went. Of several, those that failed are listed in a file beside the results, for `parfocal retry`.
 *
 * @param missing inputs that are no images, reported first
 * @returns the exit code
 */
export async function runItems(
  items: readonly BatchItem[],
  missing: readonly Failure[],
  { resume, failuresIn, qc, ...given }: ItemOptions,
  context: CliContext,
): Promise<number> {
  const { progress, cwd, signal, terminal, json, verbose } = context;
  const total = items.length + missing.length;
  const reporter = createOutcomeReporter(context, total);
  let collected = Promise.resolve();
  const report = (outcome: Outcome): void => {
    reporter.report(outcome);
    collected = collected.then(() => qc?.add(outcome));
  };
  for (const failure of missing) report(failure);
  const nameOf = (index: number): string => {
    const name = items[index]!.path.split(/[\\/]/).at(-1)!;
    return total > 1 ? `${reporter.describe()}  ${name}` : name;
  };
  const options: BatchOptions = {
    ...given,
    cwd,
    signal,
    onItem: (index) => progress.update(total > 1 ? nameOf(index) : `${nameOf(index)}  waiting for ${given.module.name}`),
    onProgress: (index, { done, total: steps, message }) =>
      progress.update(`${nameOf(index)}  ${renderBar(steps > 0 ? done / steps : 0)} ${done}/${steps} ${message}`.trimEnd()),
    ...(resume && { findDone: await findDone() }),
  };
  const folder = failuresIn ?? (items[0] === undefined || (total === 1 && !resume) ? null : dirname(items[0].outputs.run));
  if (folder !== null) {
    const { removePartialFiles } = await import("@parfocal/core");
    await removePartialFiles(folder);
  }
  const late: unknown[] = [];
  const attempt = <T>(action: () => Promise<T>): Promise<T | null> =>
    action().catch((error: unknown) => {
      late.push(error);
      return null;
    });
  try {
    if (items.length > 0) await runBatch(items, options, report);
  } finally {
    if (folder !== null) {
      const { keepFailures } = await import("./failures-file.ts");
      await attempt(() => keepFailures(folder, items, reporter.failures, { ...given, total }));
    }
  }
  await collected;
  progress.clear();
  const code = await reporter.finish();
  const page = await attempt(async () => (await qc?.write()) ?? null);
  if (page !== null) progress.line(terminal.errStyle.dim(`look it over: ${displayPath(page, cwd)}`));
  return (await tellLate()) ?? code;

  /** What concerns the whole batch and not one image; images that failed say more. */
  async function tellLate(): Promise<number | null> {
    const { exitCodeOf, toParfocalError } = await import("@parfocal/core");
    const errors = late.map(toParfocalError);
    for (const error of errors) {
      if (json) writeJson(context, errorToJson(error, null));
      else terminal.err(renderError(error, terminal.errStyle, { verbose }));
    }
    return code === 0 && errors[0] !== undefined ? exitCodeOf(errors[0]) : null;
  }

  async function findDone() {
    const { createFindDone } = await import("./find-done.ts");
    return createFindDone({ ...given, ...(given.offline && { settings: { offline: true } }) });
  }
}
