import type { PoolState } from "../contract/pool.ts";
import { isParfocalError, ParfocalError } from "../errors/parfocal-error.ts";
import { checkCount } from "../worker/check-count.ts";
import { cancelledError, closedError } from "../worker/errors.ts";
import { createFairQueue } from "./fair-queue.ts";
import { type CrewWorker, createMember, type Member } from "./member.ts";
import { createQuarantine, type Suspect } from "./quarantine.ts";

const defaultQueueLimit = 64;

export interface CrewOptions<W> {
  readonly module: string;
  readonly workers?: number | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly queueLimit?: number | undefined;
  /** Starts one worker; `stop` fires when it is no longer wanted. */
  start(device: string | undefined, stop: AbortSignal): Promise<W>;
}

export interface CrewCall {
  /** Whose turn it takes. */
  readonly client: string;
  readonly signal: AbortSignal | undefined;
  /** What the worker gets, for the case that it ends one. */
  readonly suspect: Suspect;
  /** Not refused when the queue is full. Default false. */
  readonly patient?: boolean;
}

/** Workers of one kind behind one bounded, fair queue. */
export interface Crew<W extends CrewWorker> {
  readonly workers: number;
  /**
   * Runs a call on the first worker that is free.
   * @param use gets the worker and how long the call waited, milliseconds
   * @throws ParfocalError BUSY, INPUT_QUARANTINED, CANCELLED, WORKER_CLOSED, and what `use` throws.
   */
  call<T>(call: CrewCall, use: (worker: W, member: Member<W>, waitedMs: number) => Promise<T>): Promise<T>;
  /** Runs a call on one member, out of turn. */
  callOn<T>(member: Member<W>, use: (worker: W) => Promise<T>): Promise<T>;
  state(): PoolState;
  /** Takes no more calls, finishes those it has, then closes. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

interface Job<W extends CrewWorker> {
  readonly run: (member: Member<W>) => Promise<void>;
  readonly reject: (error: Error) => void;
}

/**
 * Starts the first worker; the others start when calls wait.
 *
 * @throws ParfocalError USAGE when `workers` or `queueLimit` are no whole numbers of at least 1; what `start` throws.
 */
export async function createCrew<W extends CrewWorker>(options: CrewOptions<W>): Promise<Crew<W>> {
  const { module, devices = [], workers = devices.length || 1, queueLimit = defaultQueueLimit } = options;
  checkCount(module, "workers", workers);
  checkCount(module, "queueLimit", queueLimit);
  const members = Array.from({ length: workers }, (_, index) => {
    const device = devices[index % devices.length];
    return createMember<W>(device ?? null, (stop) => options.start(device, stop));
  });
  const queue = createFairQueue<Job<W>>();
  const quarantine = createQuarantine(module);
  let running = 0;
  let takesCalls = true;
  let closing: Promise<void> | null = null;
  let onEmpty = () => {};

  /** Who takes the next call; undefined while it has to wait. */
  function nextMember(): Member<W> | undefined {
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
  function enqueue<T>(client: string, signal: AbortSignal | undefined, call: (member: Member<W>) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (queue.remove(client, job)) reject(cancelledError(module));
      };
      const job: Job<W> = {
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
  function close(): Promise<void> {
    takesCalls = false;
    for (let job = queue.take(); job !== undefined; job = queue.take()) job.reject(closedError(module));
    closing ??= Promise.all(members.map((member) => member.close())).then(() => onEmpty());
    return closing;
  }

  const [first] = members;
  await first!.start();
  if (first!.startFailure !== null) throw first!.startFailure;
  return {
    workers,
    async call({ client, signal, suspect, patient = false }, use) {
      if (!takesCalls) throw closedError(module);
      if (signal?.aborted) throw cancelledError(module);
      if (!patient && queue.size >= queueLimit) throw busyError(module, queue.size);
      const askedAt = performance.now();
      return enqueue(client, signal, (member) =>
        member.use(async (worker) => {
          await quarantine.check(suspect);
          try {
            return await use(worker, member, performance.now() - askedAt);
          } catch (error) {
            if (isParfocalError(error, "WORKER_CRASHED")) await quarantine.blame(suspect);
            throw error;
          }
        }),
      );
    },
    async callOn(member, use) {
      if (!takesCalls) throw closedError(module);
      return begin(() => member.use(use));
    },
    state: () => ({
      workers: members.map((member) => member.state()),
      waiting: queue.size,
      queueLimit,
      quarantined: quarantine.size,
    }),
    async drain() {
      takesCalls = false;
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
        dispatch();
      });
      await close();
    },
    close,
  };
}

const busyError = (module: string, waiting: number): ParfocalError =>
  new ParfocalError("BUSY", `${module}: ${waiting} calls wait already, which is the limit`, {
    hint: "try again when some are done, use `map`, or give the pool more workers or a larger queueLimit",
  });
