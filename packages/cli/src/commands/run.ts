import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { expandInputs, type Input } from "../inputs/expand-inputs.ts";
import { createMicroscopeReaders, loadIsImage } from "../inputs/microscope-readers.ts";
import { planOutputs } from "../inputs/plan-outputs.ts";
import { createQcCollector, hasThumbnail, resultsFolder } from "../qc/collect-qc.ts";
import type { Outcome } from "../run/outcome.ts";
import { createOutcomeReporter, displayPath } from "../run/report-outcome.ts";
import { type BatchItem, type BatchOptions, runBatch } from "../run/run-batch.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { renderBar } from "../terminal/progress.ts";
import { readRunArguments } from "./run-arguments.ts";
import { runArgs, runMeta } from "./run-options.ts";

async function run(rawArguments: readonly string[], context: CliContext): Promise<number> {
  const { terminal, progress, cwd } = context;
  const given = await readRunArguments(rawArguments, cwd);
  const onEvent = createEventReporter(progress, terminal.errStyle, { verbose: context.verbose });
  const microscopes = createMicroscopeReaders({ cwd, offline: given.offline, signal: context.signal, onEvent });
  const inputs = await expandInputs(given.inputs, { cwd, loadIsImage: () => loadIsImage(microscopes) });
  const found = inputs.filter((input): input is Extract<Input, { error?: undefined }> => input.error === undefined);
  const plans = await planOutputs(
    found.map(({ path }) => path),
    { cwd, output: given.output, format: given.format, overlay: given.overlay, save: given.save },
  );
  const qc =
    plans.length > 0 && (given.qc ?? inputs.length > 1)
      ? createQcCollector(given.module, given.params, resultsFolder(plans.map((plan) => plan.run)))
      : null;
  const items: BatchItem[] = found.map(({ path }, i) => ({
    path,
    outputs: plans[i]!,
    thumbnail: qc !== null && hasThumbnail(i, found.length),
  }));

  const reporter = createOutcomeReporter(context, inputs.length);
  let collected = Promise.resolve();
  const report = (outcome: Outcome): void => {
    reporter.report(outcome);
    collected = collected.then(() => qc?.add(outcome));
  };
  for (const { path, error } of inputs) if (error) report({ input: path, error });
  const nameOf = (index: number): string => {
    const place = items.length > 1 ? `[${index + 1}/${items.length}] ` : "";
    return `${place}${items[index]!.path.split(/[\\/]/).at(-1)}`;
  };
  const options: BatchOptions = {
    ...given,
    cwd,
    signal: context.signal,
    microscopes,
    onEvent,
    onItem: (index) => progress.update(`${nameOf(index)}  waiting for ${given.module.name}`),
    onProgress: (index, { done, total, message }) =>
      progress.update(`${nameOf(index)}  ${renderBar(total > 0 ? done / total : 0)} ${done}/${total} ${message}`.trimEnd()),
  };
  try {
    if (items.length > 0) await runBatch(items, options, report);
  } finally {
    await microscopes.close();
  }
  await collected;
  progress.clear();
  const code = await reporter.finish();
  const page = (await qc?.write()) ?? null;
  if (page !== null) progress.line(terminal.errStyle.dim(`look it over: ${displayPath(page, cwd)}`));
  return code;
}

export const runCommand = defineCommand({
  meta: runMeta,
  args: runArgs,
  run: ({ rawArgs, data }) => run(rawArgs, data as CliContext),
});
