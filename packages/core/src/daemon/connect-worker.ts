import type { Labels } from "../contract/array.ts";
import type { Measurer } from "../contract/measure.ts";
import type { MeasurerModule, Module, ReaderModule } from "../contract/module.ts";
import type { Reader } from "../contract/reader.ts";
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

/**
 * As {@link connectWorker}, for a measurer.
 *
 * @throws ParfocalError as `connectWorker`.
 */
export async function connectMeasurer<P>(module: MeasurerModule<P>, options: StartOptions<P> = {}): Promise<Measurer<P>> {
  const [{ connectWith }, { createMeasurer }] = await Promise.all([import("./connect.ts"), import("../worker/measurer.ts")]);
  return connectWith(createMeasurer<P>, module, options as StartOptions);
}

/**
 * As {@link connectWorker}, for a reader. A file is closed when another one takes its place, since another worker of the daemon may hold it.
 *
 * @throws ParfocalError as `connectWorker`.
 */
export async function connectReader<P>(module: ReaderModule<P>, options: StartOptions<P> = {}): Promise<Reader<P>> {
  const [{ connectWith }, { createReader }] = await Promise.all([import("./connect.ts"), import("../worker/reader.ts")]);
  return connectWith(createReader<P>, module, options as StartOptions);
}
