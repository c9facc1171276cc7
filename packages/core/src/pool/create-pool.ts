import type { Image, Labels } from "../contract/array.ts";
import type { Module } from "../contract/module.ts";
import type { Pool, PoolClient, PoolOptions } from "../contract/pool.ts";
import type { ImageSource, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { isParfocalError, ParfocalError } from "../errors/parfocal-error.ts";
import { cancelledError, closedError } from "../worker/errors.ts";
import { mapImages } from "../worker/map.ts";
import { createFairQueue } from "./fair-queue.ts";
import { createMember, type Member } from "./member.ts";
import { createQuarantine } from "./quarantine.ts";

const defaultQueueLimit = 64;

/** Starts one worker of the pool's module. */
export type StartOne<P, O> = (options: StartOptions<P>) => Promise<Worker<P, O>>;

interface Job<P, O> {
  readonly run: (member: Member<P, O>) => Promise<void>;
  readonly reject: (error: Error) => void;
}

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
  const { workers = options.devices?.length ?? 1, devices = [], queueLimit = defaultQueueLimit, ...startOptions } = options;
  checkCount(module, "workers", workers);
  checkCount(module, "queueLimit", queueLimit);
  const members = Array.from({ length: workers }, (_, index) => {
    const device = devices[index % devices.length] ?? startOptions.device;
    return createMember<P, O>(device ?? null, (stop) => {
      const signal = startOptions.signal === undefined ? stop : AbortSignal.any([startOptions.signal, stop]);
      return start({ ...startOptions, signal, ...(device !== undefined && { device }) });
    });
  });
  const queue = createFairQueue<Job<P, O>>();
  const quarantine = createQuarantine(module);
  const makers = new WeakMap<object, Member<P, O>>();
  let running = 0;
  let takesCalls = true;
  let closing: Promise<void> | null = null;
  let onEmpty = () => {};

  /** Who takes the next call; undefined while it has to wait. */
  function nextMember(): Member<P, O> | undefined {
    if (members.every(({ isLost }) => isLost)) return members[0]; // its worker says what ended it
    const idle = members.filter(({ isIdle }) => isIdle);
    return idle.find(({ worker }) => worker?.state === "ready") ?? idle[0]; // one without a process waits out its back-off first
  }
  function begin<T>(call: () => Promise<T>): Promise<T> {
    running += 1;
    return call().finally(() => {
      running -= 1;
      dispatch();
    });
  }
  function dispatch(): void {
    for (let member = nextMember(); member !== undefined && queue.size > 0; member = nextMember()) {
      const job = queue.take()!;
      const taker = member;
      void begin(() => job.run(taker));
    }
    if (queue.size > 0)
      void members
        .find(({ canStart }) => canStart)
        ?.start()
        .then(dispatch);
    if (running === 0 && queue.size === 0) onEmpty();
  }
  function rejectWaiting(error: () => Error): void {
    for (let job = queue.take(); job !== undefined; job = queue.take()) job.reject(error());
  }

  function enqueue<T>(client: string, signal: AbortSignal | undefined, call: (member: Member<P, O>) => Promise<T>): Promise<T> {
    if (!takesCalls) return Promise.reject(closedError(module));
    if (signal?.aborted) return Promise.reject(cancelledError(module));
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (queue.remove(client, job)) reject(cancelledError(module));
      };
      const job: Job<P, O> = {
        reject,
        run(member) {
          signal?.removeEventListener("abort", onAbort);
          return call(member).then(resolve, reject);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      queue.add(client, job);
      dispatch();
    });
  }

  function runOne(client: string, image: Image, params: Partial<P> = {}, options: RunOptions = {}): Promise<RunResult<O>> {
    if (queue.size >= queueLimit && takesCalls && !options.signal?.aborted) return Promise.reject(busyError(module, queue.size));
    return run(client, image, params, options);
  }
  function run(client: string, image: Image, params: Partial<P> = {}, options: RunOptions = {}): Promise<RunResult<O>> {
    const askedAt = performance.now();
    return enqueue(client, options.signal, (member) =>
      member.use(async (worker) => {
        quarantine.check(image, params);
        const waitedMs = performance.now() - askedAt;
        try {
          const result = await worker.run(image, params, options);
          makers.set(result, member);
          const { queueMs, totalMs, ...timing } = result.timing;
          return Object.assign(result, { timing: { queueMs: queueMs + waitedMs, ...timing, totalMs: totalMs + waitedMs } });
        } catch (error) {
          if (isParfocalError(error, "WORKER_CRASHED")) quarantine.blame(image, params);
          throw error;
        }
      }),
    );
  }
  const clientOf = (name: string): PoolClient<P, O> => ({
    run: ((image: Image, params?: Partial<P>, callOptions?: RunOptions) =>
      runOne(name, image, params, callOptions)) as PoolClient<P, O>["run"],
    map: <S extends ImageSource>(sources: Iterable<S> | AsyncIterable<S>, params?: Partial<P>, mapOptions: MapOptions = {}) =>
      mapImages<P, O, S>((image, given, one) => run(name, image, given, one), sources, params, {
        concurrency: workers + 1,
        ...mapOptions,
      }),
  });

  async function drain(): Promise<void> {
    takesCalls = false;
    await new Promise<void>((resolve) => {
      onEmpty = resolve;
      dispatch();
    });
    await close();
  }
  function close(): Promise<void> {
    takesCalls = false;
    rejectWaiting(() => closedError(module));
    closing ??= Promise.all(members.map((member) => member.close())).then(() => onEmpty());
    return closing;
  }

  const [first] = members;
  await first!.start();
  if (first!.startFailure !== null) throw first!.startFailure;
  return {
    ...clientOf(""),
    client: clientOf,
    async refine(result, params, callOptions) {
      const member = makers.get(result);
      if (!takesCalls) throw closedError(module);
      if (member === undefined) {
        throw new ParfocalError("RAW_EXPIRED", `${module}: this pool did not make the result`, {
          hint: "run the image on this pool, with keepRaw: true, then refine that result",
        });
      }
      const again = await begin(() => member.use((worker) => worker.refine(result, params, callOptions)));
      makers.set(again, member);
      return again;
    },
    state: () => ({
      workers: members.map((member) => member.state()),
      waiting: queue.size,
      queueLimit,
      quarantined: quarantine.size,
    }),
    drain,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function checkCount(module: string, name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1) return;
  throw new ParfocalError("USAGE", `${module}: ${name} is ${value}`, { hint: "give a whole number of at least 1" });
}

const busyError = (module: string, waiting: number): ParfocalError =>
  new ParfocalError("BUSY", `${module}: ${waiting} calls wait already, which is the limit`, {
    hint: "try again when some are done, use `map`, or give the pool more workers or a larger queueLimit",
  });
