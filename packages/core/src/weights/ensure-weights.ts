import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../contract/environment.ts";
import type { FetchedFile, OnEvent } from "../contract/events.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import type { Params } from "../module/params.ts";
import type { WeightSet } from "../module/weight-set.ts";
import { checkFile, type FileState } from "./check-file.ts";
import { findStandIn } from "./copy-stand-in.ts";
import { type DownloadTiming, defaultTiming } from "./download.ts";
import { damagedWeights, missingWeights, type WeightSubject } from "./failures.ts";
import { mirrored, weightPlace } from "./place.ts";
import { createReporter, type SetReporter } from "./report.ts";
import { selectSets } from "./select-sets.ts";

export interface WeightsOptions {
  readonly settings: Settings;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
  readonly timing?: Partial<DownloadTiming>;
}

/** A weight file that is on this machine, whole and verified. */
export interface ReadyFile {
  /** Name of the set. */
  readonly set: string;
  /** Name of the file, the key of the worker's `options.weights`. */
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

/** The part of a set that fetching needs. */
type FetchSet = Pick<WeightSet, "name" | "files" | "licence">;

/** A file that has to be fetched. */
interface Missing {
  readonly subject: WeightSubject;
  readonly standIn: string | null;
  readonly problem: string | null;
}

/**
 * The weight files that a worker with these load parameters (camelCase) needs; what is not here is fetched.
 *
 * @throws ParfocalError WEIGHTS_MISSING, WEIGHTS_UNREACHABLE, WEIGHTS_INVALID, ENV_NO_SPACE, ENV_PERMISSION, CANCELLED.
 */
export async function ensureWeights(manifest: ModuleManifest, params: Params, options: WeightsOptions): Promise<ReadyFile[]> {
  const ready: ReadyFile[] = [];
  for (const set of selectSets(manifest.weights, params)) ready.push(...(await ensureSet(manifest.name, set, options)));
  return ready;
}

/**
 * Without the network, says which weight file is missing before anything else is built.
 *
 * @throws ParfocalError WEIGHTS_MISSING.
 */
export async function refuseMissingWeights(manifest: ModuleManifest, params: Params, settings: Settings): Promise<void> {
  if (!settings.offline) return;
  for (const file of selectSets(manifest.weights, params).flatMap(({ files }) => files)) {
    const place = weightPlace(settings, file.url);
    if (existsSync(place) || (await findStandIn(settings, file.url)) !== null) continue;
    throw missingWeights({ module: manifest.name, file, place, address: file.url });
  }
}

/** As {@link ensureWeights}, one set. */
export async function ensureSet(module: string, set: FetchSet, options: WeightsOptions): Promise<ReadyFile[]> {
  const { settings, signal } = options;
  const reporter = createReporter(module, set, options.onEvent);
  const ready = new Map<string, ReadyFile>();
  const missing: Missing[] = [];
  for (const file of set.files) {
    const subject = { module, file, place: weightPlace(settings, file.url), address: mirrored(settings, file.url) };
    const state = await check(subject, reporter, signal);
    if (state.state !== "ready") missing.push(await plan(subject, state, settings));
    else ready.set(file.name, { set: set.name, name: file.name, path: subject.place, sha256: state.sha256 });
  }
  if (missing.length > 0) {
    reporter.start(
      missing.map(({ subject, problem }) => ({ ...subject.file, problem })),
      join(settings.home, "weights"),
    );
    const { fetchFile } = await import("./fetch-file.ts"); // only here, so that a start with all files loads no more
    const timing = { ...defaultTiming, ...options.timing };
    const fetched: FetchedFile[] = [];
    for (const { subject, standIn } of missing) {
      const { name } = subject.file;
      const file = await fetchFile(subject, { standIn, timing, signal, onProgress: reporter.progressOf(name) });
      fetched.push(file);
      ready.set(name, { set: set.name, name, path: file.path, sha256: file.sha256 });
    }
    reporter.end(fetched);
  }
  return set.files.map(({ name }) => ready.get(name)!);
}

async function check(subject: WeightSubject, reporter: SetReporter, signal: AbortSignal | undefined): Promise<FileState> {
  const { file, place } = subject;
  const progress = reporter.progressOf(file.name);
  return checkFile(place, file, { signal, onHash: (bytes, totalBytes) => progress("checking", bytes, totalBytes) });
}

/** Where a file that is not here, or not right, will come from. */
async function plan(subject: WeightSubject, state: FileState, settings: Settings): Promise<Missing> {
  const problem = state.state === "damaged" ? state.problem : null;
  const standIn = await findStandIn(settings, subject.file.url);
  if (standIn === null && settings.offline) throw problem === null ? missingWeights(subject) : damagedWeights(subject, problem);
  return { subject, standIn, problem };
}
