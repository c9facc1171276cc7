import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Environment, EnvironmentOptions } from "../contract/environment.ts";
import type { Prepare, PrepareTools } from "../contract/prepare.ts";

import { ensureEnvironment, findEnvironment } from "../environment/ensure-environment.ts";
import { readSettings } from "../environment/settings.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { type Params, resolveParams } from "../module/params.ts";
import { ensureSet, type ReadyFile } from "../weights/ensure-weights.ts";

/** Load parameters and where they apply: what decides on environment, weights and worker. */
export interface LoadOptions extends EnvironmentOptions {
  /** Parameters of stage "load", by any of their names. */
  readonly params?: Params;
}

/** What load parameters come to once the module has prepared. */
export interface LoadPlan {
  /** The caller's load parameters, camelCase, checked and with defaults. */
  readonly params: Params;
  /** Those that the worker gets, camelCase. */
  readonly workerParams: Params;
  /** The environment's options, with the profile that is needed. */
  readonly environment: EnvironmentOptions;
  /** Files that the module's `prepare` fetched. */
  readonly files: readonly ReadyFile[];
}

/**
 * Checks load parameters and lets the module prepare: the first step of everything that starts workers or chooses environments.
 *
 * @throws ParfocalError PARAMS_INVALID, USAGE, MODULE_INVALID, CANCELLED, and whatever the module's `prepare` throws.
 */
export async function planLoad(handle: ModuleHandle, options: LoadOptions = {}): Promise<LoadPlan> {
  const { params: given = {}, ...environment } = options;
  const params = resolveParams(handle.manifest, given, { stages: ["load"] });
  const prepare = await prepareOf(handle);
  if (prepare === null) return { params, workerParams: params, environment, files: [] };
  const files: ReadyFile[] = [];
  const tools = await prepareTools(handle, environment, (file) => files.push(file));
  const { profile, params: prepared = {} } = await prepare(params, tools);
  checkProfile(handle, profile, options.profile);
  return {
    params,
    workerParams: { ...params, ...prepared },
    environment: profile === undefined ? environment : { ...environment, profile },
    files,
  };
}

/**
 * The environment that a worker with these load parameters runs in; it is built when it is not ready.
 *
 * @throws ParfocalError what {@link planLoad} and {@link ensureEnvironment} throw.
 */
export async function ensureEnvironmentFor(handle: ModuleHandle, options: LoadOptions = {}): Promise<Environment> {
  const { environment } = await planLoad(handle, options);
  return ensureEnvironment(handle, environment);
}

/**
 * As {@link ensureEnvironmentFor}, but null when it is not ready.
 *
 * @throws ParfocalError what {@link planLoad} and {@link findEnvironment} throw.
 */
export async function findEnvironmentFor(handle: ModuleHandle, options: LoadOptions = {}): Promise<Environment | null> {
  const { environment } = await planLoad(handle, options);
  return findEnvironment(handle, environment);
}

/** The module's own step; of a module that was read from its folder, it is imported now. */
async function prepareOf({ folder, manifest, prepare }: ModuleHandle): Promise<Prepare | null> {
  if (prepare !== undefined || !manifest.prepares) return prepare ?? null;
  const { importPrepare } = await import("../module/import-prepare.ts");
  return importPrepare(folder);
}

async function prepareTools(
  handle: ModuleHandle,
  { settings: overrides, signal, onEvent }: EnvironmentOptions,
  onFile: (file: ReadyFile) => void,
): Promise<PrepareTools> {
  const settings = readSettings(overrides);
  const cacheFolder = join(settings.home, "cache", handle.manifest.name);
  await mkdir(cacheFolder, { recursive: true });
  return {
    settings,
    cacheFolder,
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
    async fetchFile({ name, ...file }, about) {
      const files = [{ name: name ?? basename(new URL(file.url).pathname), ...file }];
      const [ready] = await ensureSet(handle.manifest.name, { ...about, files }, { settings, signal, onEvent });
      onFile(ready!);
      return ready!.path;
    },
  };
}

function checkProfile({ manifest }: ModuleHandle, needed: string | undefined, asked: string | undefined): void {
  if (needed === undefined || asked === undefined || needed === asked) return;
  throw new ParfocalError("USAGE", `${manifest.name}: these parameters need the profile ${needed}, and ${asked} was asked for`, {
    hint: "leave the profile out",
  });
}
