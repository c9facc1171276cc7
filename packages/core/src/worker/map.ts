import type { Image } from "../contract/array.ts";
import type { ImageSource, MapItem, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import { ParfocalError, toParfocalError } from "../errors/parfocal-error.ts";

/** Runs one image; what `map` is made of. */
export type RunOne<P, O> = (image: Image, params?: Partial<P>, options?: RunOptions) => Promise<RunResult<O>>;

/**
 * Runs many images. At most `concurrency` are read or in flight, results come in order, and an error belongs to its item. When the consumer
 * stops early, what is in flight is cancelled. After an abort the items in flight come with CANCELLED and no more are taken.
 * @throws what the iterable of sources itself throws.
 */
export async function* mapImages<P, O, S extends ImageSource>(
  run: RunOne<P, O>,
  sources: Iterable<S> | AsyncIterable<S>,
  params: Partial<P> | undefined,
  { concurrency = 2, signal, ...options }: MapOptions,
): AsyncGenerator<MapItem<S, O>> {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new ParfocalError("USAGE", `map: concurrency is ${concurrency}`, { hint: "give a whole number of at least 1" });
  }
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

  async function process(source: S, position: number): Promise<MapItem<S, O>> {
    try {
      const image = typeof source === "function" ? await source() : source;
      return { index: position, source, result: await run(image as Image, params, { ...options, signal: combined }) };
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
