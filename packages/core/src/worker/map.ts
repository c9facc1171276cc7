import type { Image } from "../contract/array.ts";
import type { ImageSource, MapItem, MapOptions } from "../contract/run.ts";
import { toParfocalError } from "../errors/parfocal-error.ts";
import { createBatcher, type Runners } from "./batcher.ts";
import { checkCount } from "./check-count.ts";

/**
 * Runs many images. At most `concurrency` are read or in flight, results come in order, and an error belongs to its item. When the consumer
 * stops early, what is in flight is cancelled. After an abort the items in flight come with CANCELLED and no more are taken.
 * @throws what the iterable of sources itself throws.
 */
export async function* mapImages<P, O, S extends ImageSource>(
  runners: Runners<P, O>,
  sources: Iterable<S> | AsyncIterable<S>,
  params: Partial<P> | undefined,
  { batch = 1, concurrency: asked = 2, signal, ...options }: MapOptions,
  lanes = 1,
): AsyncGenerator<MapItem<S, O>> {
  checkCount("map", "concurrency", asked);
  checkCount("map", "batch", batch);
  const concurrency = batch > 1 ? Math.max(asked, 2 * batch) : asked;
  const stop = new AbortController();
  const combined = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const aborted = new Promise<"aborted">((resolve) => {
    combined.addEventListener("abort", () => resolve("aborted"), { once: true });
    if (combined.aborted) resolve("aborted");
  });
  const iterator = Symbol.asyncIterator in sources ? sources[Symbol.asyncIterator]() : sources[Symbol.iterator]();
  const inFlight: Promise<MapItem<S, O>>[] = [];
  let pending: Promise<void> | null = null;
  let exhausted = false;
  let failure: { readonly error: unknown } | null = null;
  let index = 0;

  const inBatches =
    batch > 1 && options.keepFilesIn === undefined
      ? createBatcher(runners, params, { ...options, signal: combined }, { size: batch, lanes })
      : null;
  const run = (image: Image) => inBatches?.(image) ?? runners.run(image, params, { ...options, signal: combined });

  async function process(source: S, position: number): Promise<MapItem<S, O>> {
    try {
      const image = typeof source === "function" ? await source() : source;
      return { index: position, source, result: await run(image as Image) };
    } catch (error) {
      return { index: position, source, error: toParfocalError(error) };
    }
  }
  async function takeNext(): Promise<void> {
    try {
      const next = await iterator.next();
      if (next.done) exhausted = true;
      else if (!combined.aborted) inFlight.push(process(next.value, index++));
    } catch (error) {
      exhausted = true;
      failure = { error };
    }
  }
  try {
    for (;;) {
      if (!exhausted && pending === null && !combined.aborted && inFlight.length < concurrency) {
        pending = takeNext().then(() => {
          pending = null;
        });
      }
      const [first] = inFlight;
      if (first !== undefined) {
        // A source that is slow to come must not hold back a result that is there.
        const isDone = pending === null || (await Promise.race([first.then(() => true), pending.then(() => false)]));
        if (!isDone) continue;
        inFlight.shift();
        yield await first;
      } else if (pending !== null && !combined.aborted) {
        await Promise.race([pending, aborted]);
      } else {
        break;
      }
    }
    if (failure !== null) throw (failure as { error: unknown }).error;
  } finally {
    stop.abort();
    await Promise.all(inFlight);
    if (!exhausted) void Promise.resolve(iterator.return?.()).catch(() => {});
  }
}
