import type { PoolWorkerState } from "../contract/pool.ts";
import type { WorkerState } from "../contract/worker.ts";
import { isParfocalError, type ParfocalError, toParfocalError } from "../errors/parfocal-error.ts";

/** What a pool must know of a worker. */
export interface CrewWorker {
  readonly state: WorkerState;
  readonly pid: number | null;
  close(): Promise<void>;
}

/** A place in a pool and the worker in it. */
export interface Member<W extends CrewWorker> {
  /** Null before it is started, and when that failed. */
  readonly worker: W | null;
  /** Free to take a call now. */
  readonly isIdle: boolean;
  /** Neither started nor starting, and nothing speaks against it. */
  readonly canStart: boolean;
  /** It can take no call any more. */
  readonly isLost: boolean;
  /** Why its worker did not start; null when it did, or may still. */
  readonly startFailure: ParfocalError | null;
  /** Starts its worker; never rejects. */
  start(): Promise<void>;
  /** Runs one call on the worker; it is not idle meanwhile. */
  use<T>(call: (worker: W) => Promise<T>): Promise<T>;
  state(): PoolWorkerState;
  close(): Promise<void>;
}

/** @param startWorker told by its signal that the worker is no longer wanted. */
export function createMember<W extends CrewWorker>(
  device: string | null,
  startWorker: (signal: AbortSignal) => Promise<W>,
): Member<W> {
  const stop = new AbortController();
  let worker: W | null = null;
  let starting: Promise<void> | null = null;
  let startFailure: ParfocalError | null = null;
  let running = 0;
  let calls = 0;
  let deaths = 0;

  async function begin(): Promise<void> {
    try {
      worker = await startWorker(stop.signal);
      if (stop.signal.aborted) await worker.close();
    } catch (error) {
      startFailure = toParfocalError(error);
    }
  }
  return {
    get worker() {
      return worker;
    },
    get isIdle() {
      return worker !== null && running === 0 && !stop.signal.aborted && worker.state !== "broken";
    },
    get canStart() {
      return starting === null && !stop.signal.aborted;
    },
    get isLost() {
      return startFailure !== null || worker?.state === "broken";
    },
    get startFailure() {
      return startFailure;
    },
    start() {
      starting ??= begin();
      return starting;
    },
    async use(call) {
      running += 1;
      try {
        return await call(worker!);
      } catch (error) {
        if (isParfocalError(error, "WORKER_CRASHED")) deaths += 1;
        throw error;
      } finally {
        calls += 1;
        running -= 1;
      }
    },
    state: () => ({
      state: worker?.state ?? (startFailure !== null ? "broken" : starting === null ? "cold" : "starting"),
      device,
      pid: worker?.pid ?? null,
      calls,
      deaths,
    }),
    async close() {
      stop.abort();
      await starting;
      await worker?.close();
    },
  };
}
