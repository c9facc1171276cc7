import type { Module } from "../contract/module.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { readSettings } from "../environment/settings.ts";
import { resolveParams } from "../module/params.ts";
import { beginOrClose } from "../worker/begin-or-close.ts";
import { withCpuFallback } from "../worker/cpu-fallback.ts";
import { createWorker } from "../worker/worker.ts";
import { createDaemonConnector } from "./daemon-connector.ts";

/** A daemon answers within the time that it was given itself; hanging up is for one that does not. */
const cancelMarginMs = 10_000;
const noTimeoutMs = 2 ** 31 - 1;

/** What {@link connectWorker} does. */
export async function connect<P, O>(module: Module<P, O>, options: StartOptions<P>): Promise<Worker<P, O>> {
  const { handle } = module;
  const loadParams = resolveParams(handle.manifest, options.params ?? {}, { stages: ["load"] });
  const settings = readSettings(options.settings);
  const connector = createDaemonConnector(handle, { ...(options as StartOptions), params: loadParams }, settings);
  const { worker, begin } = createWorker<P, O>({
    handle,
    options: {
      ...(options as StartOptions),
      startTimeoutMs: noTimeoutMs,
      cancelGraceMs: (options.cancelGraceMs ?? 2_000) + cancelMarginMs,
    },
    loadParams,
    connector,
    originOf: () => connector.origin(),
  });
  await beginOrClose(module.name, worker, begin, options.signal);
  const mayFallBack = options.cpuFallback && worker.environment.choice.device !== "cpu";
  return mayFallBack ? withCpuFallback(worker, () => connect(module, { ...options, device: "cpu" })) : worker;
}
