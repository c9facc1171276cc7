import type { Labels } from "../contract/array.ts";
import type { Module } from "../contract/module.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { readSettings } from "../environment/settings.ts";
import { resolveParams } from "../module/params.ts";
import { withCpuFallback } from "../worker/cpu-fallback.ts";
import { beginOrClose } from "../worker/set-up-worker.ts";
import { createWorker } from "../worker/worker.ts";
import { createDaemonConnector } from "./daemon-connector.ts";

/** A daemon answers within the time that it was given itself; hanging up is for one that does not. */
const cancelMarginMs = 10_000;
const noTimeoutMs = 2 ** 31 - 1;

/**
 * A worker whose process belongs to the daemon of this user: it is warm already where somebody used the module before, stays so when this
 * program ends, and is shared with other programs. The same in every other respect as one from `module.start()`; pixels do not pass through
 * the daemon.
 *
 * @throws ParfocalError DAEMON_UNREACHABLE, DAEMON_INCOMPATIBLE, and what `module.start()` throws.
 */
export async function connectWorker<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  module: Module<P, O>,
  options: StartOptions<P> = {},
): Promise<Worker<P, O>> {
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
  return mayFallBack ? withCpuFallback(worker, () => connectWorker(module, { ...options, device: "cpu" })) : worker;
}
