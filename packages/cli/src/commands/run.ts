import { defineCommand } from "citty";
import type { CliContext } from "../context.ts";
import { expandInputs, type Input } from "../inputs/expand-inputs.ts";
import { createMicroscopeReaders, loadIsImage } from "../inputs/microscope-readers.ts";
import { planOutputs } from "../inputs/plan-outputs.ts";
import { hasThumbnail } from "../qc/collect-qc.ts";
import { runItems } from "../run/run-items.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { readRunArguments } from "./run-arguments.ts";
import { runArgs, runMeta } from "./run-options.ts";

async function run(rawArguments: readonly string[], context: CliContext): Promise<number> {
  const { terminal, progress, cwd } = context;
  const given = await readRunArguments(rawArguments, cwd);
  const onEvent = createEventReporter(progress, terminal.errStyle, { verbose: context.verbose });
  const microscopes = createMicroscopeReaders({ cwd, offline: given.offline, signal: context.signal, onEvent });
  try {
    const inputs = await expandInputs(given.inputs, { cwd, loadIsImage: () => loadIsImage(microscopes) });
    const found = inputs.filter((input): input is Extract<Input, { error?: undefined }> => input.error === undefined);
    const missing = inputs.flatMap(({ path, error }) => (error ? [{ input: path, error }] : []));
    const plans = await planOutputs(
      found.map(({ path }) => path),
      { cwd, output: given.output, format: given.format, overlay: given.overlay, save: given.save },
    );
    const qc = given.qc ?? inputs.length > 1;
    const runs = plans.map((plan) => plan.run);
    const items = found.map(({ path }, i) => ({
      path,
      outputs: plans[i]!,
      thumbnail: qc && hasThumbnail(i, found.length),
    }));
    if (given.dryRun) {
      const { tellDryRun } = await import("../run/dry-run.ts");
      return await tellDryRun(items, missing, given, context);
    }
    const batch = runs.length > 0 && (qc || inputs.length > 1) ? { qc, runs, sizes: null } : null;
    return await runItems(items, missing, { ...given, microscopes, onEvent, batch }, context);
  } finally {
    await microscopes.close();
  }
}

export const runCommand = defineCommand({
  meta: runMeta,
  args: runArgs,
  run: ({ rawArgs, data }) => run(rawArgs, data as CliContext),
});
