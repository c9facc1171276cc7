import { stat } from "node:fs/promises";
import type { Labels } from "../contract/array.ts";
import type { Environment } from "../contract/environment.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { ensureEnvironment } from "../environment/ensure-environment.ts";
import { markInUse } from "../environment/mark-in-use.ts";
import { readSettings } from "../environment/settings.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { ensureWeights, refuseMissingWeights } from "../weights/ensure-weights.ts";
import { workerPath } from "./command.ts";
import { withCpuFallback } from "./cpu-fallback.ts";
import { cancelledError } from "./errors.ts";
import { type LoadPlan, planLoad } from "./load-plan.ts";
import { createWorker } from "./worker.ts";

/**
 * Lets the module prepare, builds its environment if need be, fetches its weights, starts Python and loads the model.
 *
 * @throws ParfocalError PARAMS_INVALID; what the module's `prepare`, {@link ensureEnvironment} and {@link ensureWeights} throw;
 * MODULE_INVALID; WORKER_START_FAILED, WORKER_TIMEOUT, DEVICE_UNAVAILABLE, OUT_OF_MEMORY, CANCELLED.
 */
export async function startWorker<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  handle: ModuleHandle,
  options: StartOptions<P> = {},
): Promise<Worker<P, O>> {
  const plan = await planLoad(handle, options as StartOptions); // what is wrong is said before anything is built
  await refuseMissingWeights(handle.manifest, plan.workerParams, readSettings(options.settings));
  const environment = await ensureEnvironment(handle, plan.environment);
  return launch(environment, handle, plan, options, () => startWorker<P, O>(handle, { ...options, device: "cpu" }));
}

/** As {@link startWorker}, in an environment that is ready. */
export async function startWorkerIn<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  environment: Environment,
  handle: ModuleHandle,
  options: StartOptions<P> = {},
): Promise<Worker<P, O>> {
  const onCpu = { ...environment, choice: { ...environment.choice, device: "cpu" } };
  const plan = await planLoad(handle, options as StartOptions);
  return launch(environment, handle, plan, options, () => startWorkerIn<P, O>(onCpu, handle, options));
}

async function launch<P, O>(
  environment: Environment,
  handle: ModuleHandle,
  plan: LoadPlan,
  options: StartOptions<P>,
  startOnCpu: () => Promise<Worker<P, O>>,
): Promise<Worker<P, O>> {
  await checkWorkerFile(handle);
  const { signal, onEvent } = options;
  const settings = readSettings(options.settings);
  const weights = await ensureWeights(handle.manifest, plan.workerParams, { settings, signal, onEvent });
  if (signal?.aborted) throw cancelledError(handle.manifest.name);
  const release = markInUse(environment);
  const setup = { environment, handle, options: options as StartOptions, plan, weights };
  const { worker, begin } = createWorker<P, O>(setup, release);
  let aborted = false;
  const onAbort = () => {
    aborted = true;
    void worker.close();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await begin();
    const mayFallBack = options.cpuFallback && environment.choice.device !== "cpu";
    return mayFallBack ? withCpuFallback(worker, startOnCpu) : worker;
  } catch (error) {
    await worker.close();
    throw aborted ? cancelledError(handle.manifest.name) : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

async function checkWorkerFile(handle: ModuleHandle): Promise<void> {
  const path = workerPath(handle);
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return;
  throw new ParfocalError("MODULE_INVALID", `${handle.manifest.name}: there is no worker at ${path}`, {
    hint: "install the module again, or write its python/worker.py",
  });
}
