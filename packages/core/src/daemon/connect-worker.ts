import type { Labels } from "../contract/array.ts";
import type { Module } from "../contract/module.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";

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
  const { connect } = await import("./connect.ts");
  return connect<P, O>(module, options);
}
