import { exitCodeOf, type ParfocalError, resolveParams, splitParams, toParfocalError } from "@parfocal/core";
import { type ArgsDef, defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { createMicroscopeReaders } from "../inputs/microscope-readers.ts";
import { readingArgs, readReadingOptions, withoutNames } from "../inputs/reading-options.ts";
import { measureTask, planTasks } from "../measure/measure-files.ts";
import { createMeasurerStarter, usualMeasurer } from "../measure/measurer-starter.ts";
import { namedModule } from "../modules/named-module.ts";
import { flagsOf, globalOptions, optionValues, unknownOption } from "../options/command-options.ts";
import { paramFlags, paramValues } from "../options/param-flags.ts";
import { parseArguments } from "../options/parse-arguments.ts";
import { usageError } from "../options/usage-error.ts";
import { displayPath } from "../run/report-outcome.ts";
import { errorToJson, renderError } from "../terminal/error-block.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { renderBar } from "../terminal/progress.ts";
import { formatCount } from "../text/format.ts";
import { readPixelSize } from "./view.ts";

export const measureMeta: HelpMeta = {
  name: "measure",
  description: "Measure the objects of labels: size, shape, intensity",
  usage: "LABELS [IMAGE] [-o TABLE.csv|.parquet] [--PARAM VALUE...] [options]",
  examples: [
    ["measure nuclei_labels.tif nuclei.tif", "writes nuclei_measurements.csv"],
    ["measure masks.png -o sizes.csv --properties area,solidity", "shapes alone, of any program's labels"],
    ["measure results/ plate1/ -o tables/ --format parquet", "two folders, files paired by name"],
  ],
  notes: [
    "One row for each object, with scikit-image's column names; areas and lengths also in micrometres where the pixel size is known.",
    "`parfocal run MODULE IMAGE --save csv` measures while it segments.",
  ],
};

export const measureArgs: ArgsDef = {
  labels: { type: "positional", required: false, description: "File or folder of labels" },
  image: { type: "positional", required: false, description: "Image that they belong to, or the folder of them" },
  output: {
    type: "string",
    alias: "o",
    valueHint: "OUT",
    description: "Table to write, .csv or .parquet (default NAME_measurements.csv), or of folders the folder of tables",
  },
  format: { type: "string", valueHint: "csv|parquet", description: "Format of the tables in a folder: csv (default) or parquet" },
  ...readingArgs,
  "pixel-size": { type: "string", valueHint: "UM", description: "Micrometres of a pixel, in place of what the files say" },
  measurer: { type: "string", valueHint: "MODULE", description: "Module that measures (default measure)" },
  offline: { type: "boolean", description: "Never use the network" },
};

async function measure(rawArguments: readonly string[], context: CliContext): Promise<number> {
  const { cwd, terminal, progress } = context;
  const own = flagsOf({ ...measureArgs, ...globalOptions });
  // the module's parameters are flags, so it is found first
  const at = rawArguments.indexOf("--measurer");
  const name = rawArguments.find((word) => word.startsWith("--measurer="))?.slice("--measurer=".length);
  const measurer = (at < 0 ? name : rawArguments[at + 1]) ?? usualMeasurer;
  const module = await namedModule(measurer, cwd);
  const flags = paramFlags(module.manifest);
  const known = [...flags, ...withoutNames(own, flags)];
  const parsed = parseArguments(rawArguments, known, { onUnknown: (typed) => unknownOption(typed, known, "measure") });
  const values = optionValues(parsed.flags);
  if (parsed.positionals.length === 0)
    throw usageError("`parfocal measure` needs LABELS", "run `parfocal measure --help` for examples");
  if (parsed.positionals.length > 2) throw usageError("`parfocal measure` takes LABELS and one IMAGE", "give folders for many");
  const format = values.text("format") ?? "csv";
  if (format !== "csv" && format !== "parquet")
    throw usageError(`--format takes csv or parquet, not "${format}"`, "leave it away for csv");
  const params = splitParams(module.manifest, resolveParams(module.manifest, paramValues(module.name, flags, parsed.flags))).call;
  const tasks = await planTasks(parsed.positionals, values.text("output"), format, cwd);
  const pixelSize = readPixelSize(values.text("pixel-size"));
  const reading = readReadingOptions(values.text);
  const microscopes = createMicroscopeReaders({ cwd, signal: context.signal });
  const starter = createMeasurerStarter({
    measurer,
    cwd,
    daemon: "use",
    offline: values.flag("offline") ?? false,
    signal: context.signal,
    onEvent: createEventReporter(progress, terminal.errStyle, { verbose: context.verbose }),
  });
  const errors: ParfocalError[] = [];
  try {
    for (const [index, task] of tasks.entries()) {
      context.signal.throwIfAborted();
      progress.update(`${index + 1}/${tasks.length}  ${task.name}`);
      try {
        const onProgress = (done: number, whole: number): void =>
          progress.update(`${index + 1}/${tasks.length}  ${task.name}  ${renderBar(done / whole)}`);
        const options = { module, starter, params, reading, microscopes, pixelSize, onProgress };
        const { rows, columns, warnings } = await measureTask(task, options);
        progress.clear();
        if (context.json) writeJson(context, { type: "result", ...task, objects: rows, columns, warnings });
        else
          terminal.out(
            `${task.name}  ${formatCount(rows, "object")}  ${columns.length} columns  -> ${displayPath(task.table, cwd)}\n`,
          );
        for (const warning of warnings) progress.line(`  ${terminal.errStyle.yellow("warning:")} ${warning}`);
      } catch (thrown) {
        const error = toParfocalError(thrown);
        if (tasks.length === 1) throw error;
        errors.push(error);
        progress.clear();
        if (context.json) writeJson(context, errorToJson(error, task.labels));
        terminal.err(`${displayPath(task.labels, cwd)}\n${renderError(error, terminal.errStyle, { verbose: context.verbose })}`);
      }
    }
  } finally {
    progress.clear();
    await Promise.all([starter.close(), microscopes.close()]);
  }
  if (errors.length === 0) return 0;
  return errors.length < tasks.length ? 5 : exitCodeOf(errors[0]!);
}

export const measureCommand = defineCommand({
  meta: measureMeta,
  args: measureArgs,
  run: ({ rawArgs, data }) => measure(rawArgs, data as CliContext),
});
