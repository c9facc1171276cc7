import type { Labels } from "../contract/array.ts";
import type { Environment } from "../contract/environment.ts";
import type { LiveWorker, StartOptions, Worker } from "../contract/worker.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import type { NewWorker, WorkerParts } from "./array-host.ts";
import { beginOrClose } from "./begin-or-close.ts";
import { withCpuFallback } from "./cpu-fallback.ts";
import { type LoadPlan, planLoad } from "./load-plan.ts";
import { originOf, planAndBuild, setUpWorker } from "./set-up-worker.ts";
import { createSpawnConnector } from "./spawn-connector.ts";
import { createWorker } from "./worker.ts";

/** Makes a worker of a module's kind. */
export type CreateWorker<W> = (parts: WorkerParts) => NewWorker<W>;

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
  const worker = await launch(environment, handle, plan, options as StartOptions, createWorker<P, O>);
  return mayFallBack(environment, options)
    ? withCpuFallback(worker, () => startWorker<P, O>(handle, { ...options, device: "cpu" }))
    : worker;
}

/** As {@link startWorker}, in an environment that is ready. */
export async function startWorkerIn<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  environment: Environment,
  handle: ModuleHandle,
  options: StartOptions<P> = {},
): Promise<Worker<P, O>> {
  const plan = await planLoad(handle, options as StartOptions);
  const worker = await launch(environment, handle, plan, options as StartOptions, createWorker<P, O>);
  const onCpu = { ...environment, choice: { ...environment.choice, device: "cpu" } };
  return mayFallBack(environment, options) ? withCpuFallback(worker, () => startWorkerIn<P, O>(onCpu, handle, options)) : worker;
}

/** As {@link startWorker}, for a module of another kind. */
export async function startWith<W extends LiveWorker>(
  create: CreateWorker<W>,
  handle: ModuleHandle,
  options: StartOptions,
): Promise<W> {
  const { plan, environment } = await planAndBuild(handle, options);
  return launch(environment, handle, plan, options, create);
}

async function launch<W extends LiveWorker>(
  environment: Environment,
  handle: ModuleHandle,
  plan: LoadPlan,
  options: StartOptions,
  create: CreateWorker<W>,
): Promise<W> {
  const { setup, release } = await setUpWorker(environment, handle, plan, options);
  const origin = originOf(setup);
  const { worker, begin } = create({
    handle,
    options: setup.options,
    loadParams: plan.params,
    connector: createSpawnConnector(setup, release),
    originOf: () => origin,
  });
  await beginOrClose(handle.manifest.name, worker, begin, options.signal);
  return worker;
}

const mayFallBack = ({ choice }: Environment, { cpuFallback }: Pick<StartOptions, "cpuFallback">): boolean =>
  cpuFallback === true && choice.device !== "cpu";
