import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { hashArray, type Module, type Params, planEnvironment, type Settings } from "@parfocal/core";
import type { ObjectSummary, ReadImage, RunRecord } from "@parfocal/io";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import type { Skipped } from "./outcome.ts";
import type { BatchItem } from "./run-batch.ts";

/** Results that are there, or why they do not count; neither where there are none. */
export type Verdict =
  | { readonly objects: ObjectSummary; readonly warnings: readonly string[]; readonly why?: undefined }
  | { readonly objects?: undefined; readonly why?: string };

/** Looks at the record of an item; what it gives compares the image itself. */
export type FindDone = (item: BatchItem) => Promise<(image: ReadImage) => Verdict>;

interface Wanted {
  readonly module: Module;
  readonly params: Params;
  readonly device: string;
  readonly settings?: Partial<Settings>;
}

/**
 * For `--resume`: results count when the same version of the same module made them with the same parameters and lock from the same
 * pixels, and all files that are asked for are there. The record is written last, so that where it lies the others are whole; pixels
 * are compared by their sha256.
 */
export function createFindDone({ module, params, device, settings }: Wanted): FindDone {
  const locks = new Map<string, Promise<string | null>>();
  const lockOf = (profile: string): Promise<string | null> => {
    const known =
      locks.get(profile) ??
      planEnvironment(module.handle, { device, profile, ...(settings && { settings }) }).then(
        (plan) => plan.locks[0].sha256,
        () => null,
      );
    locks.set(profile, known);
    return known;
  };

  async function whyNot(record: RunRecord, outputs: OutputPlan): Promise<string | null> {
    if (record.module !== module.name) return `${record.module} made them`;
    if (record.version !== module.version) return `${record.module} ${record.version} made them`;
    const changed = Object.keys(params).find((name) => !isDeepStrictEqual(record.params[name], plain(params[name])));
    if (changed !== undefined) return `${changed} was ${JSON.stringify(record.params[changed])}`;
    if (record.environment.lockSha256 !== (await lockOf(record.environment.profile)))
      return "the lock of its packages was another";
    return missingFile(record, outputs);
  }

  return async ({ outputs }) => {
    const record = await readRecord(outputs.run);
    if (record === null) return () => ({});
    const why = typeof record === "string" ? record : await whyNot(record, outputs);
    if (why !== null || typeof record === "string") return () => ({ why: why ?? "" });
    return (image) => {
      const { input, objects, warnings } = record;
      const isSame =
        input.axes === image.axes && isDeepStrictEqual(input.shape, [...image.shape]) && input.sha256 === hashArray(image);
      return isSame ? { objects, warnings } : { why: "the image was another" };
    };
  };
}

/** As JSON keeps it. */
const plain = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));

/** What an image came to in an earlier run, by its record; null where there is none that can be read. */
export async function readDone(path: string): Promise<Skipped | null> {
  const record = await readRecord(path);
  if (record === null || typeof record === "string") return null;
  const folder = dirname(path);
  const files = Object.entries(record.outputs).map(([kind, file]) => [kind, resolve(folder, file)]);
  // in the order of a plan
  const outputs = { labels: "", overlay: null, ...Object.fromEntries(files), run: path } as OutputPlan;
  return { input: resolve(folder, record.input.path), outputs, skipped: record.objects, warnings: record.warnings };
}

/** The record, null where there is none, or what is wrong with it. */
async function readRecord(path: string): Promise<RunRecord | string | null> {
  try {
    const record = JSON.parse(await readFile(path, "utf8")) as RunRecord;
    return record.format === "parfocal-run" && record.formatVersion === 1 ? record : "its record is of another kind";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? null : "its record cannot be read";
  }
}

/** The first file that is asked for and not there; outlines of volumes do not exist. */
async function missingFile(record: RunRecord, { run, ...asked }: OutputPlan): Promise<string | null> {
  const folder = dirname(run);
  const isVolume = record.input.axes.includes("z");
  for (const [kind, path] of Object.entries(asked) as [string, string | null | undefined][]) {
    if (path === null || path === undefined) continue;
    const written = record.outputs[kind];
    if (written === undefined && isVolume && (kind === "roi" || kind === "geojson")) continue;
    const isThere = written !== undefined && resolve(folder, written) === path && (await exists(path));
    if (!isThere) return `there is no ${kind}`;
  }
  return null;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
