import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { hashArray, type Module, ParfocalError, planEnvironment, readSettings, resolveParams } from "@parfocal/core";
import type { ReadPartOptions, RunRecord } from "@parfocal/io";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { createMicroscopeReaders } from "../inputs/microscope-readers.ts";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import { namedModule } from "../modules/named-module.ts";
import { usageError } from "../options/usage-error.ts";
import type { Outcome } from "../run/outcome.ts";
import { displayPath } from "../run/report-outcome.ts";
import { runBatch } from "../run/run-batch.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";

/** Reads a record, of a file that a run wrote. */
async function readRecord(path: string): Promise<RunRecord> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new ParfocalError("INPUT_NOT_FOUND", `${path} cannot be read`, { hint: "give a NAME.run.json", cause });
  });
  const record = parse(text);
  if (record?.format === "parfocal-run" && record.formatVersion === 1) return record;
  throw new ParfocalError("INPUT_UNREADABLE", `${path} is no record of a run`, { hint: "give a NAME.run.json" });
}

function parse(text: string): RunRecord | null {
  try {
    return JSON.parse(text) as RunRecord | null;
  } catch {
    return null;
  }
}

/** How module and environment differ from those of the record, in words. */
async function changesOf(record: RunRecord, module: Module, device: string): Promise<string[]> {
  const changes: string[] = [];
  if (module.version !== record.version) changes.push(`${module.name} is ${module.version} now, it was ${record.version}`);
  const { profile, accelerator, lockSha256 } = record.environment;
  const plan = await planEnvironment(module.handle, { device, profile });
  if (plan.choice.accelerator !== accelerator)
    changes.push(`it computes on ${plan.choice.accelerator} now, it was ${accelerator}`);
  if (plan.locks[0].sha256 !== lockSha256) changes.push("the lock of its packages is another");
  return changes;
}

export const rerunCommand = defineSimpleCommand({
  meta: {
    name: "rerun",
    description: "Repeat the run of a record and compare the labels",
    usage: "NAME.run.json [options]",
    examples: [
      ["rerun results/a01.run.json", "are the labels the same today?"],
      ["rerun results/a01.run.json --into again/", "keep the new results"],
    ],
    notes: [
      "What differs from the record (version, lock, accelerator, pixels) is said first. Exit code 0: equal labels, 1: others.",
    ],
  },
  args: {
    record: { type: "positional", required: false, description: "Record of a run" },
    into: { type: "string", valueHint: "DIR", description: "Keep the new results in this folder (default: nowhere)" },
    module: { type: "string", valueHint: "MODULE", description: "Name or folder of the module (default the record's)" },
    device: { type: "string", valueHint: "DEVICE", description: "Where to compute (default as the record)" },
    offline: { type: "boolean", description: "Never use the network" },
  },
  needs: 1,
  async run({ context, options, positionals }) {
    const { cwd, terminal, progress, signal, verbose, json } = context;
    const path = resolve(cwd, positionals[0]!);
    const folder = dirname(path);
    const record = await readRecord(path);
    const module = await namedModule(options.text("module") ?? record.module, cwd);
    const { readDevice } = await import("./run-arguments.ts");
    const device = readDevice(options.text("device") ?? record.device.used);
    const labels = record.outputs.labels;
    if (labels === undefined) {
      throw new ParfocalError("INPUT_UNREADABLE", `${path} names no labels`, { hint: "give the record of a segmentation" });
    }
    const { readImage, readLabels } = await import("@parfocal/io");
    const old = await readLabels(resolve(folder, labels));
    const input = resolve(folder, record.input.path);
    const offline = options.flag("offline") ?? false;
    const onEvent = createEventReporter(progress, terminal.errStyle, { verbose });
    const microscopes = createMicroscopeReaders({ cwd, offline, signal, onEvent });
    const reading = (record.input.reading ?? {}) as ReadPartOptions;
    const kept = options.text("into");
    const target = kept === undefined ? await mkdtemp(join(tmpdir(), "parfocal-rerun-")) : resolve(cwd, kept);
    if (kept !== undefined && target === folder) {
      throw usageError("--into names the folder of the record, whose results would be replaced", "choose another folder");
    }
    try {
      const readers = await microscopes.load();
      const image = await readImage(input, { ...reading, ...(readers !== null && { readers }) });
      const changes = await changesOf(record, module, device);
      if (record.input.sha256 !== null && hashArray(image) !== record.input.sha256)
        changes.unshift("the image has other pixels now");
      for (const change of changes) progress.line(`note: ${change}`);
      const outcomes: Outcome[] = [];
      await runBatch(
        [{ path: input, outputs: outputsIn(target, record, path) }],
        {
          module,
          params: resolveParams(module.manifest, record.params),
          device,
          reading,
          microscopes,
          timeoutMs: undefined,
          offline,
          keepFilesIn: undefined,
          daemon: readSettings().daemon,
          cwd,
          signal,
          onEvent,
          onItem: () => progress.update(`${module.name} is starting`),
          onProgress: (_index, { done, total, message }) => progress.update(`${done}/${total} ${message}`.trimEnd()),
        },
        (outcome) => void outcomes.push(outcome),
      );
      progress.clear();
      const outcome = outcomes[0]!;
      if (outcome.error) throw outcome.error;
      if (outcome.skipped) throw new Error("nothing is skipped without a look for earlier results");
      const { result } = outcome;
      changes.push(...weightChanges(record, result.provenance.weights));
      const pixels = differingPixels(old.data, result.labels.data);
      const counts = { before: record.objects.count, now: outcome.objects.count };
      if (json)
        writeJson(context, {
          type: "rerun",
          record: path,
          equal: pixels === 0,
          pixels,
          objects: counts,
          changes,
          outputs: kept === undefined ? null : outcome.outputs,
        });
      else if (pixels === 0) terminal.out(`equal: the same ${counts.now} objects, pixel by pixel\n`);
      else
        terminal.out(
          `different: ${pixels === null ? "another shape" : `${pixels} pixels`}, ${counts.now} objects, ${counts.before} before\n`,
        );
      if (!json && kept !== undefined) terminal.out(`-> ${displayPath(target, cwd)}\n`);
      return pixels === 0 ? 0 : 1;
    } finally {
      await microscopes.close();
      if (kept === undefined) await rm(target, { recursive: true, force: true });
    }
  },
});

/** The same files as the record's, in another folder. */
function outputsIn(target: string, record: RunRecord, path: string): OutputPlan {
  const files = Object.entries(record.outputs).map(([kind, file]) => [kind, join(target, basename(file))]);
  return { overlay: null, ...Object.fromEntries(files), run: join(target, basename(path)) } as OutputPlan;
}

function weightChanges(record: RunRecord, now: RunRecord["weights"]): string[] {
  return JSON.stringify(record.weights) === JSON.stringify(now) ? [] : ["the weights are others"];
}

/** How many pixels have another label; null for another number of them. */
function differingPixels(then: ArrayLike<number>, now: ArrayLike<number>): number | null {
  if (then.length !== now.length) return null;
  let count = 0;
  for (let index = 0; index < now.length; index += 1) if (then[index] !== now[index]) count += 1;
  return count;
}
