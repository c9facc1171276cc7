import { hashArray } from "../array/nd-array.ts";
import type { Image, Labels } from "../contract/array.ts";
import type { Module } from "../contract/module.ts";
import type { Pool, PoolClient, PoolOptions } from "../contract/pool.ts";
import type { BatchOptions, ImageSource, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { mapImages } from "../worker/map.ts";
import { createCrew } from "./crew.ts";
import type { Member } from "./member.ts";
import type { Suspect } from "./quarantine.ts";

/** Starts one worker of the pool's module. */
export type StartOne<P, O> = (options: StartOptions<P>) => Promise<Worker<P, O>>;

/**
 * Starts several warm workers of a module behind one queue. Resolves when the first has loaded its model.
 *
 * @throws ParfocalError USAGE when `workers` or `queueLimit` are no whole numbers of at least 1; what the module's `start` throws.
 */
export function createPool<P = Readonly<Record<string, unknown>>, O = { readonly labels: Labels }>(
  module: Module<P, O>,
  options: PoolOptions<P> = {},
): Promise<Pool<P, O>> {
  return createPoolOf(module.name, (startOptions) => module.start(startOptions), options);
}

/** As {@link createPool}, from whatever starts a worker. */
export async function createPoolOf<P, O>(module: string, start: StartOne<P, O>, options: PoolOptions<P>): Promise<Pool<P, O>> {
  const { workers, devices, queueLimit, ...startOptions } = options;
  const crew = await createCrew<Worker<P, O>>({
    module,
    workers,
    devices: devices ?? (startOptions.device === undefined ? [] : [startOptions.device]),
    queueLimit,
    start(device, stop) {
      const signal = startOptions.signal === undefined ? stop : AbortSignal.any([startOptions.signal, stop]);
      return start({ ...startOptions, signal, ...(device !== undefined && { device }) });
    },
  });
  const makers = new WeakMap<object, Member<Worker<P, O>>>();

  function run(
    client: string,
    patient: boolean,
    image: Image,
    params: Partial<P> = {},
    options: RunOptions = {},
  ): Promise<RunResult<O>> {
    const call = { client, patient, signal: options.signal, suspect: suspectOf(image, params) };
    return crew.call(call, async (worker, member, waitedMs) => {
      const result = await worker.run(image, params, options);
      makers.set(result, member);
      const { queueMs, totalMs, ...timing } = result.timing;
      return Object.assign(result, { timing: { queueMs: queueMs + waitedMs, ...timing, totalMs: totalMs + waitedMs } });
    });
  }
  function runMany(client: string, images: readonly Image[], params: Partial<P> = {}, options: BatchOptions = {}) {
    const call = { client, patient: true, signal: options.signal, suspect: manySuspect(images) };
    return crew.call(call, async (worker, member) => {
      const results = await worker.runMany(images, params, options);
      for (const result of results) makers.set(result, member);
      return results;
    });
  }
  const clientOf = (name: string): PoolClient<P, O> => ({
    run: ((image: Image, params?: Partial<P>, callOptions?: RunOptions) =>
      run(name, false, image, params, callOptions)) as PoolClient<P, O>["run"],
    map: <S extends ImageSource>(sources: Iterable<S> | AsyncIterable<S>, params?: Partial<P>, mapOptions: MapOptions = {}) =>
      mapImages<P, O, S>(
        {
          run: (image, given, one) => run(name, true, image, given, one),
          runMany: (images, given, many) => runMany(name, images, given, many),
        },
        sources,
        params,
        { concurrency: crew.workers + 1, ...mapOptions },
        crew.workers,
      ),
  });
  return {
    ...clientOf(""),
    client: clientOf,
    async refine(result, params, callOptions) {
      const member = makers.get(result);
      if (member === undefined) {
        throw new ParfocalError("RAW_EXPIRED", `${module}: this pool did not make the result`, {
          hint: "run the image on this pool, with keepRaw: true, then refine that result",
        });
      }
      const again = await crew.callOn(member, (worker) => worker.refine(result, params, callOptions));
      makers.set(again, member);
      return again;
    },
    state: crew.state,
    drain: crew.drain,
    close: crew.close,
    [Symbol.asyncDispose]: crew.close,
  };
}

/** Several at once are never suspects: after a failure each is run by itself. */
const manySuspect = (images: readonly Image[]): Suspect => ({
  dtype: "several",
  shape: [images.length],
  axes: "",
  params: {},
  hash: async () => null,
});

const suspectOf = (image: Image, params: object): Suspect => ({
  dtype: image.dtype,
  shape: image.shape,
  axes: image.axes,
  params,
  async hash() {
    return isReadable(image) ? hashArray(image) : null;
  },
});

/** False for an image that was released meanwhile. */
function isReadable(image: Image): boolean {
  try {
    return image.data.length > 0;
  } catch {
    return false;
  }
}
