import {
  ensureEnvironmentFor,
  type LabelMatch,
  type Module,
  matchLabels,
  ParfocalError,
  resolveParams,
  type SampleFiles,
  sampleFiles,
  splitParams,
} from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { createMicroscopeReaders } from "../inputs/microscope-readers.ts";
import { planOutputs } from "../inputs/plan-outputs.ts";
import { namedModule } from "../modules/named-module.ts";
import type { Failure, Outcome, Success } from "../run/outcome.ts";
import { describeDiameter, displayPath, successToJson } from "../run/report-outcome.ts";
import { runBatch } from "../run/run-batch.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { renderBar } from "../terminal/progress.ts";
import { formatColumns, formatCount, formatDuration } from "../text/format.ts";

const defaultModule = "stardist";
const defaultFolder = "parfocal-demo";

async function scoreOf({ result }: Success, { truth, sample }: SampleFiles): Promise<LabelMatch | null> {
  if (truth === null) return null;
  const { readImage } = await import("@parfocal/io");
  const drawn = await readImage(truth, { axes: sample.axes });
  return matchLabels(drawn, result.labels, sample.score?.iou);
}

function describeScore({ f1, iou, truePositives, falsePositives, falseNegatives }: LabelMatch): string {
  const drawn = truePositives + falseNegatives;
  return `F1 ${f1.toFixed(3)} at IoU ${iou}: ${truePositives} of the ${drawn} objects that people drew, ${falsePositives} more`;
}

function describeTime({ startMs, elapsedMs, result }: Success): string {
  const { transferMs, computeMs } = result.timing;
  const split = [
    `starting Python ${formatDuration(startMs)}`,
    `model ${formatDuration(computeMs)}`,
    `transfer ${formatDuration(transferMs)}`,
  ];
  return `${formatDuration(elapsedMs)} (${split.join(", ")})`;
}

function renderDemo(success: Success, score: LabelMatch | null, module: Module, cwd: string): string {
  const { outputs, objects, result } = success;
  const here = (path: string): string => displayPath(path, cwd);
  const diameter = describeDiameter(objects);
  const rows: [string, string][] = [
    ["found", `${formatCount(objects.count, "object")}${diameter === "" ? "" : `, ${diameter}`}`],
    ...(score === null ? [] : [["score", describeScore(score)] as [string, string]]),
    ["time", `${describeTime(success)} on ${result.device.used}`],
    ["labels", here(outputs.labels)],
    ...(outputs.overlay === null ? [] : [["overlay", here(outputs.overlay)] as [string, string]]),
    ["record", here(outputs.run)],
  ];
  return `${formatColumns(rows)}\n\nNow with your own image:  parfocal run ${module.name} IMAGE.tif\n`;
}

async function segment(
  module: Module,
  files: SampleFiles,
  folder: string,
  offline: boolean,
  context: CliContext,
): Promise<({ readonly error?: undefined } & Success) | Failure> {
  const { progress, terminal, cwd, signal, verbose } = context;
  const [outputs] = await planOutputs([files.image], { cwd, output: `${folder}/`, format: undefined, overlay: true });
  const outcomes: Outcome[] = [];
  const options = {
    module,
    params: resolveParams(module.manifest, files.sample.params),
    device: "auto",
    reading: { axes: files.sample.axes },
    microscopes: createMicroscopeReaders({ cwd }),
    timeoutMs: undefined,
    offline,
    keepFilesIn: undefined,
    daemon: "never" as const,
    cwd,
    signal,
    onEvent: createEventReporter(progress, terminal.errStyle, { verbose }),
    onItem: () => progress.update(`${module.name} is starting`),
    onProgress: (_index: number, { done, total, message }: { done: number; total: number; message: string }) =>
      progress.update(`${renderBar(total > 0 ? done / total : 0)} ${done}/${total} ${message}`.trimEnd()),
  };
  await runBatch([{ path: files.image, outputs: outputs! }], options, (outcome) => void outcomes.push(outcome));
  const outcome = outcomes[0]!;
  if (outcome.skipped) throw new Error("nothing is skipped without a look for earlier results");
  return outcome;
}

export const demoCommand = defineSimpleCommand({
  meta: {
    name: "demo",
    description: "Segment a module's sample image and compare with what people drew",
    usage: "[MODULE] [options]",
    examples: [
      ["demo", "nuclei with StarDist"],
      ["demo threshold --out here/", "another module, another folder"],
    ],
  },
  args: {
    module: {
      type: "positional",
      required: false,
      description: `Name of an installed module, or the folder of one (default ${defaultModule})`,
    },
    out: {
      type: "string",
      alias: ["o", "output"],
      valueHint: "DIR",
      description: `Folder for the results (default ${defaultFolder})`,
    },
    offline: { type: "boolean", description: "Never use the network" },
  },
  needs: 0,
  async run({ context, options, positionals }) {
    const { progress, terminal, cwd, signal, verbose } = context;
    const module = await namedModule(positionals[0] ?? defaultModule, cwd);
    const offline = options.flag("offline") ?? false;
    const { sample } = module.manifest;
    const environment = await ensureEnvironmentFor(module.handle, {
      params: splitParams(module.manifest, sample?.params ?? {}).load,
      signal,
      onEvent: createEventReporter(progress, terminal.errStyle, { verbose }),
      ...(offline && { settings: { offline } }),
    });
    const files = sampleFiles(module.handle, environment);
    if (files === null) {
      throw new ParfocalError("NOT_SUPPORTED", `${module.name} brings no sample image`, {
        hint: `run \`parfocal run ${module.name} IMAGE\` with one of yours`,
      });
    }
    progress.line(`${module.name} ${module.version} segments its sample: ${files.sample.description} (${files.sample.licence})`);
    const outcome = await segment(module, files, options.text("out") ?? defaultFolder, offline, context);
    progress.clear();
    if (outcome.error) throw outcome.error;
    const score = await scoreOf(outcome, files);
    if (context.json) writeJson(context, { ...successToJson(outcome), score });
    else terminal.out(renderDemo(outcome, score, module, cwd));
    return 0;
  },
});
