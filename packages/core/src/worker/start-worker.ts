import { stat } from "node:fs/promises";
import type { Labels } from "../contract/array.ts";
import type { Environment } from "../contract/environment.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { ensureEnvironment } from "../environment/ensure-environment.ts";
import { markInUse } from "../environment/mark-in-use.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { resolveParams } from "../module/params.ts";
import { workerPath } from "./command.ts";
import { cancelledError } from "./errors.ts";
import { createWorker } from "./worker.ts";

/**
 * Builds a module's environment if need be, starts Python in it and loads the model.
 *
 * @throws ParfocalError what {@link ensureEnvironment} throws; PARAMS_INVALID; MODULE_INVALID; WORKER_START_FAILED, WORKER_TIMEOUT,
 * WEIGHTS_MISSING, WEIGHTS_INVALID, DEVICE_UNAVAILABLE, OUT_OF_MEMORY, CANCELLED.
 */
export async function startWorker<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  handle: ModuleHandle,
  options: StartOptions<P> = {},
): Promise<Worker<P, O>> {
  resolveLoadParams(handle, options); // a wrong parameter is told before anything is built
  const environment = await ensureEnvironment(handle, options);
  return startWorkerIn(environment, handle, options);
}

/** As {@link startWorker}, in an environment that is ready. */
export async function startWorkerIn<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  environment: Environment,
  handle: ModuleHandle,
  options: StartOptions<P> = {},
): Promise<Worker<P, O>> {
  const loadParams = resolveLoadParams(handle, options);
  await checkWorkerFile(handle);
  const { signal } = options;
  if (signal?.aborted) throw cancelledError(handle.manifest.name);
  const release = markInUse(environment);
  const { worker, begin } = createWorker<P, O>({ environment, handle, options: options as StartOptions, loadParams }, release);
  let aborted = false;
  const onAbort = () => {
    aborted = true;
    void worker.close();
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await begin();
    return worker;
  } catch (error) {
    await worker.close();
    throw aborted ? cancelledError(handle.manifest.name) : error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function resolveLoadParams<P>(handle: ModuleHandle, options: StartOptions<P>): Record<string, unknown> {
  return resolveParams(handle.manifest, (options.params ?? {}) as Readonly<Record<string, unknown>>, { stages: ["load"] });
}

async function checkWorkerFile(handle: ModuleHandle): Promise<void> {
  const path = workerPath(handle);
  const found = await stat(path).catch(() => null);
  if (found?.isFile()) return;
  throw new ParfocalError("MODULE_INVALID", `${handle.manifest.name}: there is no worker at ${path}`, {
    hint: "install the module again, or write its python/worker.py",
  });
}
