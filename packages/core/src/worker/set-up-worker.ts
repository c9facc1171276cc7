import { stat } from "node:fs/promises";
import type { Environment } from "../contract/environment.ts";
import type { StartOptions } from "../contract/worker.ts";
import { ensureEnvironment } from "../environment/ensure-environment.ts";
import { markInUse } from "../environment/mark-in-use.ts";
import { readSettings } from "../environment/settings.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { ensureWeights, refuseMissingWeights } from "../weights/ensure-weights.ts";
import { workerPath } from "./command.ts";
import { cancelledError } from "./errors.ts";
import type { WorkerSetup } from "./launch.ts";
import { type LoadPlan, planLoad } from "./load-plan.ts";
import type { Origin } from "./perform-call.ts";

/** Lets the module prepare and builds its environment if need be; what is wrong with the parameters is said before anything is built. */
export async function planAndBuild(
  handle: ModuleHandle,
  options: StartOptions,
): Promise<{ readonly plan: LoadPlan; readonly environment: Environment }> {
  const plan = await planLoad(handle, options);
  await refuseMissingWeights(handle.manifest, plan.workerParams, readSettings(options.settings));
  return { plan, environment: await ensureEnvironment(handle, plan.environment) };
}

/**
 * Fetches weights and notes that the environment is in use.
 *
 * @returns what processes are started from, and what takes the note back.
 */
export async function setUpWorker(
  environment: Environment,
  handle: ModuleHandle,
  plan: LoadPlan,
  options: StartOptions,
): Promise<{ readonly setup: WorkerSetup; release(): void }> {
  await checkWorkerFile(handle);
  const { signal, onEvent } = options;
  const settings = readSettings(options.settings);
  const weights = await ensureWeights(handle.manifest, plan.workerParams, { settings, signal, onEvent });
  if (signal?.aborted) throw cancelledError(handle.manifest.name);
  return { setup: { environment, handle, options, plan, weights }, release: markInUse(environment) };
}

/** What results say of where they were made. */
export function originOf({ environment, handle, plan, weights }: WorkerSetup): Origin {
  return {
    version: handle.manifest.version,
    environment,
    weights: [...plan.files, ...weights].map(({ set, name, sha256 }) => ({ name: set, file: name, sha256 })),
  };
}

async function checkWorkerFile(handle: ModuleHandle): Promise<void> {
  const path = workerPath(handle);
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return;
  throw new ParfocalError("MODULE_INVALID", `${handle.manifest.name}: there is no worker at ${path}`, {
    hint: "install the module again, or write its python/worker.py",
  });
}
