import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { type Module, type Params, ParfocalError, writeAtomically } from "@parfocal/core";
import type { ReadPartOptions } from "@parfocal/io";
import { z } from "zod";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import type { Failure } from "./outcome.ts";
import type { BatchItem } from "./run-batch.ts";
import type { Batch } from "./summary.ts";

/** Name of the list of failures, in the folder of the results. */
export const failuresName = "failures.json";

const failuresSchema = z.object({
  format: z.literal("parfocal-failures"),
  formatVersion: z.literal(1),
  writtenAt: z.string(),
  /** Images of the batch. */
  total: z.number(),
  module: z.string(),
  version: z.string(),
  /** Where the module lay. */
  moduleFolder: z.string(),
  params: z.record(z.string(), z.unknown()),
  device: z.string(),
  reading: z.record(z.string(), z.union([z.string(), z.number()])),
  timeoutMs: z.number().nullable(),
  offline: z.boolean(),
  /** All images of the batch, by their records, and whether it has a page; null where it is none. */
  batch: z
    .object({
      qc: z.boolean(),
      runs: z.array(z.string()),
      /** Sizes of the objects of all images that did not fail. */
      sizes: z.object({ edges: z.array(z.number()).readonly(), counts: z.array(z.number()).readonly() }).nullable(),
    })
    .nullable()
    .default(null),
  failures: z.array(
    z.object({
      /** Paths are relative to the file's folder where they can be. */
      input: z.string(),
      code: z.string(),
      message: z.string(),
      hint: z.string(),
      /** Where the results go; null for what was no image at all. */
      outputs: z.record(z.string(), z.string().nullable()).nullable(),
    }),
  ),
});

/** Images of a batch that failed, why, and what it takes to repeat them. */
export type FailuresFile = z.infer<typeof failuresSchema>;

interface FailedBatch {
  readonly module: Module;
  readonly params: Params;
  readonly device: string;
  readonly reading: ReadPartOptions;
  readonly timeoutMs: number | undefined;
  readonly offline: boolean;
  readonly total: number;
  readonly batch: Batch | null;
}

/**
 * Writes the list of what failed in a batch, or removes the list of an earlier one when nothing did. Where nothing was made at all, not
 * even the folder, there is no list: the same command repeats everything.
 */
export async function keepFailures(
  folder: string,
  items: readonly BatchItem[],
  failures: readonly Failure[],
  { module, params, device, reading, timeoutMs, offline, total, batch }: FailedBatch,
): Promise<void> {
  const path = join(folder, failuresName);
  if (!existsSync(folder)) return;
  if (failures.length === 0) {
    await rm(path, { force: true });
    return;
  }
  const { readers: _, ...selection } = reading;
  const plans = new Map(items.map((item) => [item.path, item.outputs]));
  const file: FailuresFile = {
    format: "parfocal-failures",
    formatVersion: 1,
    writtenAt: new Date().toISOString(),
    total,
    module: module.name,
    version: module.version,
    moduleFolder: module.handle.folder,
    params,
    device,
    reading: selection as FailuresFile["reading"],
    timeoutMs: timeoutMs ?? null,
    offline,
    batch: batch && { ...batch, runs: batch.runs.map((run) => portable(folder, run)) },
    failures: failures.map(({ input, error: { code, message, hint } }) => ({
      input: portable(folder, input),
      code,
      message,
      hint,
      outputs: plannedFiles(folder, plans.get(input)),
    })),
  };
  await writeAtomically(path, (target) => target.append(Buffer.from(`${JSON.stringify(file, null, 2)}\n`)));
}

function plannedFiles(folder: string, plan: OutputPlan | undefined): Record<string, string | null> | null {
  if (plan === undefined) return null;
  const files = Object.entries(plan) as [string, string | null][];
  return Object.fromEntries(files.map(([kind, path]) => [kind, path === null ? null : portable(folder, path)]));
}

/**
 * Reads the list of a folder.
 *
 * @throws ParfocalError INPUT_NOT_FOUND when there is none, INPUT_UNREADABLE when it is of another kind
 */
export async function readFailures(folder: string): Promise<FailuresFile> {
  const path = join(folder, failuresName);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new ParfocalError("INPUT_NOT_FOUND", `there is no ${failuresName} in ${folder}`, {
      hint: "a batch writes it when images failed; give the folder of its results",
      cause,
    });
  }
  const parsed = failuresSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const hint = "run the batch again with --resume";
  throw new ParfocalError("INPUT_UNREADABLE", `${path} is no list of failures`, { hint });
}

/** The failed images with their places, and those that were no images. */
export function failedItems(folder: string, { failures }: FailuresFile): { items: BatchItem[]; missing: Failure[] } {
  const items: BatchItem[] = [];
  const missing: Failure[] = [];
  for (const { input, outputs } of failures) {
    const path = resolve(folder, input);
    if (outputs === null) {
      const hint = "run the batch again with --resume once it is there";
      missing.push({ input: path, error: new ParfocalError("INPUT_NOT_FOUND", `${path} was not there`, { hint }) });
      continue;
    }
    const files = Object.entries(outputs).map(([kind, file]) => [kind, file === null ? null : resolve(folder, file)]);
    items.push({ path, outputs: Object.fromEntries(files) as OutputPlan });
  }
  return { items, missing };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function portable(folder: string, file: string): string {
  const path = relative(folder, resolve(file));
  return (isAbsolute(path) ? resolve(file) : path).split(sep).join("/");
}
