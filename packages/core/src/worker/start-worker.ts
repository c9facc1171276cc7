import type { Labels } from "../contract/array.ts";
import type { Environment } from "../contract/environment.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { beginOrClose } from "./begin-or-close.ts";
import { withCpuFallback } from "./cpu-fallback.ts";
import { type LoadPlan, planLoad } from "./load-plan.ts";
import { originOf, planAndBuild, setUpWorker } from "./set-up-worker.ts";
import { createSpawnConnector } from "./spawn-connector.ts";
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
  const { plan, environment } = await planAndBuild(handle, options as StartOptions);
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
  const { setup, release } = await setUpWorker(environment, handle, plan, options as StartOptions);
  const origin = originOf(setup);
  const { worker, begin } = createWorker<P, O>({
    handle,
    options: setup.options,
    loadParams: plan.params,
    connector: createSpawnConnector(setup, release),
    originOf: () => origin,
  });
  await beginOrClose(handle.manifest.name, worker, begin, options.signal);
  const mayFallBack = options.cpuFallback && environment.choice.device !== "cpu";
  return mayFallBack ? withCpuFallback(worker, startOnCpu) : worker;
}
