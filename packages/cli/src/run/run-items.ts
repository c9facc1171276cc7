import { dirname } from "node:path";
import { type CliContext, writeJson } from "../context.ts";
import { createQcCollector } from "../qc/collect-qc.ts";
import { errorToJson, renderError } from "../terminal/error-block.ts";
import { renderBar } from "../terminal/progress.ts";
import type { Failure, Outcome } from "./outcome.ts";
import { createOutcomeReporter, displayPath } from "./report-outcome.ts";
import { type BatchItem, type BatchOptions, runBatch } from "./run-batch.ts";
import type { Batch, Summary } from "./summary.ts";
import { createTableSummary } from "./table-summary.ts";

/** What is run, with which options of the command line. */
export interface ItemOptions extends Omit<BatchOptions, "cwd" | "signal" | "onItem" | "onProgress" | "findDone"> {
  /** Leave out what was done before with the same parameters. */
  readonly resume: boolean;
  /** Folder of the list of failures, of one image, too. Default: that of the results, of several images. */
  readonly failuresIn?: string;
  /** The batch that the images are of, all or some; null for an image by itself. */
  readonly batch: Batch | null;
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
  { resume, failuresIn, batch, ...given }: ItemOptions,
  context: CliContext,
): Promise<number> {
  const { progress, cwd, signal, terminal, json, verbose } = context;
  const total = items.length + missing.length;
  const reporter = createOutcomeReporter(context, total);
  const qc = batch?.qc ? createQcCollector(given.module, given.params, batch) : null;
  const table = batch === null || batch.runs.length < 2 ? null : createTableSummary(batch);
  const summaries: readonly Summary[] = [qc, table].filter((summary) => summary !== null);
  await addEarlier();
  const report = (outcome: Outcome): Promise<void> => {
    reporter.report(outcome);
    return addToAll(outcome);
  };
  for (const failure of missing) await report(failure);
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
  let isWhole = false;
  try {
    if (items.length > 0) await runBatch(items, options, report);
    isWhole = true;
  } finally {
    // the list of a retry that was interrupted stays as it was: it still has those that were not reached
    if (folder !== null && (isWhole || failuresIn === undefined)) {
      const { keepFailures } = await import("./failures-file.ts");
      await attempt(() =>
        keepFailures(folder, items, reporter.failures, {
          ...given,
          total: batch === null ? total : batch.runs.length + missing.length,
          batch: batch && { ...batch, sizes: qc?.sizes() ?? null },
        }),
      );
    }
  }
  progress.clear();
  const code = await reporter.finish();
  for (const summary of summaries) {
    const written = await attempt(() => summary.write());
    if (written !== null) progress.line(terminal.errStyle.dim(`${written.words}: ${displayPath(written.path, cwd)}`));
  }
  return (await tellLate()) ?? code;

  async function addToAll(outcome: Outcome): Promise<void> {
    for (const summary of summaries) await summary.add(outcome);
  }

  /** Images of the batch that are not repeated now. */
  async function addEarlier(): Promise<void> {
    const now = new Set(items.map(({ outputs }) => outputs.run));
    const earlier = batch?.runs.filter((run) => !now.has(run)) ?? [];
    if (earlier.length === 0) return;
    const { readDone } = await import("./find-done.ts");
    for (const run of earlier) {
      const done = await readDone(run);
      if (done !== null) await addToAll(done);
    }
  }

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
