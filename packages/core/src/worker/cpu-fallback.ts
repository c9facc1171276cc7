import type { Image } from "../contract/array.ts";
import type { ImageSource, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import type { Worker } from "../contract/worker.ts";
import { isParfocalError } from "../errors/parfocal-error.ts";
import { mapImages } from "./map.ts";

const warning = "the GPU's memory ran out: done on the processor";

/**
 * A worker whose calls go to a second one, on the processor, when they run out of the GPU's memory.
 *
 * @param startOnCpu starts the second worker; called once, when it is needed
 */
export function withCpuFallback<P, O>(worker: Worker<P, O>, startOnCpu: () => Promise<Worker<P, O>>): Worker<P, O> {
  const madeOnCpu = new WeakSet<object>();
  let second: Promise<Worker<P, O>> | null = null;

  function onCpu(): Promise<Worker<P, O>> {
    if (second === null) {
      const starting = startOnCpu();
      starting.catch(() => {
        second = null; // the next call tries again
      });
      second = starting;
    }
    return second;
  }
  async function run(image: Image, params?: Partial<P>, options: RunOptions = {}): Promise<RunResult<O>> {
    try {
      return await worker.run(image, params, options);
    } catch (error) {
      if (!isParfocalError(error, "OUT_OF_MEMORY") || error.details.where !== "gpu") throw error;
      const result = await (await onCpu()).run(image, params, options);
      madeOnCpu.add(result);
      return Object.assign(result, { warnings: [warning, ...result.warnings] });
    }
  }
  async function close(): Promise<void> {
    await Promise.all([worker.close(), second?.then((other) => other.close()).catch(() => {})]);
  }
  return {
    get state() {
      return worker.state;
    },
    get pid() {
      return worker.pid;
    },
    environment: worker.environment,
    get logPath() {
      return worker.logPath;
    },
    run: run as Worker<P, O>["run"],
    runMany: worker.runMany,
    async refine(result, params, options) {
      return (madeOnCpu.has(result) ? await onCpu() : worker).refine(result, params, options);
    },
    map: <S extends ImageSource>(sources: Iterable<S> | AsyncIterable<S>, params?: Partial<P>, options: MapOptions = {}) =>
      mapImages<P, O, S>({ run, runMany: worker.runMany }, sources, params, options),
    close,
    [Symbol.asyncDispose]: close,
  };
}
