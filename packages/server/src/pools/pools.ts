import { freemem, totalmem } from "node:os";
import { type OnEvent, readModule } from "@parfocal/core";
import { createRelayPool, type RelayPool } from "@parfocal/core/serve";
import { createModuleFiles } from "./module-files.ts";
import type { PoolSummary } from "./pool-summary.ts";
import { type PoolRequest, startOptionsOf } from "./request.ts";

/** A pool, warm or being started. */
export interface PoolEntry {
  readonly module: string;
  readonly version: string;
  /** Rejects when it cannot be started; then it is no longer here. */
  readonly pool: Promise<RelayPool>;
  /** It takes no new calls: its module changed, or it was freed. */
  readonly isRetired: boolean;
  /** Runs a call on it; it is not idle meanwhile. */
  use<T>(call: (pool: RelayPool) => Promise<T>): Promise<T>;
}

export interface PoolsOptions {
  /** After so long without a call a pool is closed, milliseconds; those that are kept are not. */
  readonly idleMs: number;
  /** Below this share of free memory the pool that was idle longest is closed. Default 0.1. */
  readonly minFreeShare?: number;
  /** Share of memory that is free, 0 to 1. Default: what the system says. */
  readonly freeShare?: () => number;
  readonly say: (line: string) => void;
}

/** Somebody who waits for a pool. When the last one gives up, its start is stopped. */
export interface Waiter {
  readonly onEvent?: OnEvent;
  readonly signal?: AbortSignal;
}

/** The pools of a daemon: one for each module, its code, and the way its workers are started. */
export interface Pools {
  /**
   * The pool for a request; started when there is none, or when the module's files changed since it was. One whose workers ended too
   * often stays as it is, so that a client cannot wear out the machine by calling on.
   * @throws ParfocalError MODULE_INVALID, and what starting a worker throws.
   */
  find(request: PoolRequest, waiter?: Waiter): Promise<PoolEntry>;
  /** As `find`, for a client that comes new: it gets a new pool for one whose workers ended too often. */
  open(request: PoolRequest, waiter?: Waiter): Promise<PoolEntry>;
  /** Starts a pool that is not freed for being idle. */
  keep(request: PoolRequest): Promise<void>;
  /** Closes what is idle for too long, and under want of memory what was idle longest. */
  free(): void;
  state(): readonly PoolSummary[];
  /** Finishes the calls in hand, or with `now` fails them, and closes all. */
  close(now: boolean): Promise<void>;
}

interface Entry extends PoolEntry {
  readonly identity: string;
  readonly hash: string;
  readonly folder: string;
  readonly calls: number;
  /** When the last call ended; null while one is in hand. */
  readonly idleSince: number | null;
  readonly live: RelayPool | null;
  /** Adds somebody who waits and hears of its start. @returns what removes them and says how many are left. */
  join(onEvent: OnEvent): () => number;
  retire(now?: boolean): Promise<void>;
}

export function createPools(options: PoolsOptions): Pools {
  const { say, freeShare = () => freemem() / totalmem(), minFreeShare = 0.1 } = options;
  const files = createModuleFiles();
  const entries = new Map<string, Entry>();
  const retiring = new Set<Promise<void>>();
  const kept = new Set<string>();

  function retire(entry: Entry, why: string, now = false): void {
    if (entries.get(entry.identity) === entry) entries.delete(entry.identity);
    say(`${entry.module} ${entry.version}: closing its workers: ${why}`);
    const ended = entry.retire(now).finally(() => retiring.delete(ended));
    retiring.add(ended);
  }
  async function start(request: PoolRequest, identity: string, hash: string): Promise<Entry> {
    const { name, version, handle } = await readModule(request.folder);
    const raced = entries.get(identity);
    if (raced?.hash === hash) return raced;
    if (raced !== undefined) retire(raced, "its files changed");
    freeForMemory();
    say(`${name} ${version}: starting`);
    const entry = createEntry({ identity, hash, folder: request.folder, module: name, version }, (onEvent, signal) =>
      createRelayPool(handle, startOptionsOf(request, onEvent, signal)),
    );
    entries.set(identity, entry);
    entry.pool.then(
      (pool) => say(`${name} ${version}: ready on ${pool.ready.device}, process ${pool.origin.pid}`),
      (error: Error) => {
        if (entries.get(identity) === entry) entries.delete(identity);
        say(`${name} ${version}: did not start: ${error.message}`);
      },
    );
    return entry;
  }
  function freeForMemory(): void {
    if (freeShare() >= minFreeShare) return;
    const idle = [...entries.values()].filter(({ idleSince, live }) => idleSince !== null && live !== null);
    const [longest] = idle.sort((a, b) => a.idleSince! - b.idleSince!);
    if (longest !== undefined) retire(longest, "memory is short");
  }
  async function waitFor(entry: Entry, { onEvent = () => {}, signal }: Waiter): Promise<void> {
    if (entry.live !== null) return;
    const leave = entry.join(onEvent);
    try {
      await (signal === undefined ? entry.pool : Promise.race([entry.pool, aborted(signal)]));
    } finally {
      const waiting = leave();
      if (waiting === 0 && signal?.aborted && entry.live === null && !kept.has(entry.identity))
        retire(entry, "nobody waits", true);
    }
  }
  async function find(request: PoolRequest, waiter: Waiter = {}): Promise<Entry> {
    const { identity } = request;
    for (;;) {
      const hash = await files.hash(request.folder);
      const current = entries.get(identity);
      const entry = current?.hash === hash ? current : await start(request, identity, hash);
      try {
        await waitFor(entry, waiter);
        return entry;
      } catch (error) {
        // somebody saved a file while it started: what it says then may be about half a file
        if (waiter.signal?.aborted || (await files.hash(request.folder)) === hash) throw error;
      }
    }
  }
  return {
    find,
    async open(request, waiter) {
      const entry = await find(request, waiter);
      if (!entry.live!.state().workers.every(({ state }) => state === "broken")) return entry;
      retire(entry, "its workers ended too often");
      return find(request, waiter);
    },
    async keep(request) {
      kept.add(request.identity);
      await find(request);
    },
    free() {
      const now = performance.now();
      for (const entry of entries.values()) {
        const { identity, idleSince, live } = entry;
        if (live === null || idleSince === null || kept.has(identity)) continue;
        if (now - idleSince >= options.idleMs) retire(entry, "nobody used them for a while");
      }
      freeForMemory();
    },
    state: () =>
      [...entries.values()].map(({ module, version, folder, calls, idleSince, live, identity }) => ({
        module,
        version,
        folder,
        calls,
        idleMs: idleSince === null ? 0 : Math.round(performance.now() - idleSince),
        kept: kept.has(identity),
        device: live?.ready.device ?? null,
        waiting: live?.state().waiting ?? 0,
        workers: live?.state().workers ?? [],
      })),
    async close(now) {
      for (const entry of [...entries.values()]) retire(entry, "the daemon ends", now);
      await Promise.all(retiring);
    },
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => reject(signal.reason as Error);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

function createEntry(
  about: Pick<Entry, "identity" | "hash" | "folder" | "module" | "version">,
  startPool: (onEvent: OnEvent, signal: AbortSignal) => Promise<RelayPool>,
): Entry {
  const listeners = new Set<OnEvent>();
  const stop = new AbortController();
  let live: RelayPool | null = null;
  let running = 0;
  let calls = 0;
  let idleSince = performance.now();
  let isRetired = false;
  const pool = startPool((event) => {
    for (const listener of listeners) listener(event);
  }, stop.signal);
  pool.then(
    (started) => {
      live = started;
      idleSince = performance.now();
    },
    () => {},
  );
  return {
    ...about,
    pool,
    get isRetired() {
      return isRetired;
    },
    get calls() {
      return calls;
    },
    get idleSince() {
      return running > 0 ? null : idleSince;
    },
    get live() {
      return live;
    },
    join(onEvent) {
      const listener: OnEvent = (event) => onEvent(event);
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
        return listeners.size;
      };
    },
    async use(call) {
      running += 1;
      try {
        return await call(live!);
      } finally {
        calls += 1;
        running -= 1;
        idleSince = performance.now();
      }
    },
    async retire(now = false) {
      isRetired = true;
      if (now) stop.abort();
      const started = await pool.catch(() => null);
      await (now ? started?.close() : started?.drain());
    },
  };
}
