import type { ModuleBase } from "../contract/module.ts";
import type { LiveWorker, StartOptions, Worker } from "../contract/worker.ts";
import { readSettings } from "../environment/settings.ts";
import { resolveParams } from "../module/params.ts";
import { beginOrClose } from "../worker/begin-or-close.ts";
import { withCpuFallback } from "../worker/cpu-fallback.ts";
import type { CreateWorker } from "../worker/start-worker.ts";
import { createWorker } from "../worker/worker.ts";
import { createDaemonConnector } from "./daemon-connector.ts";

/** A daemon answers within the time that it was given itself; hanging up is for one that does not. */
const cancelMarginMs = 10_000;
const noTimeoutMs = 2 ** 31 - 1;

/** What {@link connectWorker} does. */
export async function connect<P, O>(module: ModuleBase, options: StartOptions<P>): Promise<Worker<P, O>> {
  const worker = await connectWith(createWorker<P, O>, module, options as StartOptions);
  const mayFallBack = options.cpuFallback && worker.environment.choice.device !== "cpu";
  return mayFallBack ? withCpuFallback(worker, () => connect<P, O>(module, { ...options, device: "cpu" })) : worker;
}

/** As {@link connect}, for a module of another kind. */
export async function connectWith<W extends LiveWorker>(
  create: CreateWorker<W>,
  { name, handle }: ModuleBase,
  options: StartOptions,
): Promise<W> {
  const loadParams = resolveParams(handle.manifest, options.params ?? {}, { stages: ["load"] });
  const connector = createDaemonConnector(handle, { ...options, params: loadParams }, readSettings(options.settings));
  const { worker, begin } = create({
    handle,
    options: {
      ...options,
      startTimeoutMs: noTimeoutMs,
      cancelGraceMs: (options.cancelGraceMs ?? 2_000) + cancelMarginMs,
    },
    loadParams,
    connector,
    originOf: () => connector.origin(),
  });
  await beginOrClose(name, worker, begin, options.signal);
  return worker;
}
