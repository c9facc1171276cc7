import type { PoolWorkerState } from "../contract/pool.ts";
import type { Worker } from "../contract/worker.ts";
import { type ParfocalError, toParfocalError } from "../errors/parfocal-error.ts";

/** A place in a pool and the worker in it. */
export interface Member<P, O> {
  /** Null before it is started, and when that failed. */
  readonly worker: Worker<P, O> | null;
  /** Free to take a call now. */
  readonly isIdle: boolean;
  /** Neither started nor starting, and nothing speaks against it. */
  readonly canStart: boolean;
  /** Why it can take no call any more; null while it can, now or later. */
  readonly failure: ParfocalError | null;
  /** Starts its worker; never rejects. */
  start(): Promise<void>;
  /** Runs one call on the worker; it is not idle meanwhile. */
  use<T>(call: (worker: Worker<P, O>) => Promise<T>): Promise<T>;
  state(): PoolWorkerState;
  close(): Promise<void>;
}

export function createMember<P, O>(device: string | null, startWorker: () => Promise<Worker<P, O>>): Member<P, O> {
  let worker: Worker<P, O> | null = null;
  let starting: Promise<void> | null = null;
  let startFailure: ParfocalError | null = null;
  let lastFailure: ParfocalError | null = null;
  let busy = false;
  let closed = false;
  let calls = 0;
  let deaths = 0;

  async function begin(): Promise<void> {
    try {
      worker = await startWorker();
      if (closed) await worker.close();
    } catch (error) {
      startFailure = toParfocalError(error);
    }
  }
  return {
    get worker() {
      return worker;
    },
    get isIdle() {
      return worker !== null && !busy && !closed && worker.state !== "broken";
    },
    get canStart() {
      return starting === null && !closed;
    },
    get failure() {
      return startFailure ?? (worker?.state === "broken" ? lastFailure : null);
    },
    start() {
      starting ??= begin();
      return starting;
    },
    async use(call) {
      busy = true;
      try {
        return await call(worker!);
      } catch (thrown) {
        lastFailure = toParfocalError(thrown);
        if (lastFailure.code === "WORKER_CRASHED") deaths += 1;
        throw thrown;
      } finally {
        calls += 1;
        busy = false;
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
      closed = true;
      await starting;
      await worker?.close();
    },
  };
}
