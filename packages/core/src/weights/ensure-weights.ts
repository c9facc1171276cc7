import { existsSync } from "node:fs";
import type { Settings } from "../contract/environment.ts";
import type { OnEvent } from "../contract/events.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import type { Params } from "../module/params.ts";
import type { WeightSet } from "../module/weight-set.ts";
import { missingWeights } from "./missing-weights.ts";
import { weightPlace } from "./place.ts";
import { selectSets } from "./select-sets.ts";

export interface WeightsOptions {
  readonly settings: Settings;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnEvent | undefined;
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

/** As {@link ensureWeights}, one set. */
export async function ensureSet(
  module: string,
  set: Pick<WeightSet, "name" | "files" | "licence">,
  { settings }: WeightsOptions,
): Promise<ReadyFile[]> {
  return set.files.map((file) => {
    const path = weightPlace(settings, file.url);
    if (!existsSync(path)) throw missingWeights(module, file, settings);
    return { set: set.name, name: file.name, path, sha256: file.sha256 ?? "" };
  });
}
