import { arenaRoots, processStart, type RelayPool, sweepArenas } from "@parfocal/core/serve";

const firstCheckMs = 100;
const laterCheckMs = 5_000;

/** Slots that were lent to clients that hung up. A program may go on reading them until it ends. */
export interface Orphans {
  readonly size: number;
  add(pid: number, lent: ReadonlyMap<string, RelayPool>): void;
  close(): void;
}

export function createOrphans(say: (line: string) => void): Orphans {
  const waiting = new Map<number, { readonly start: string; readonly lent: Map<string, RelayPool> }>();
  let timer: NodeJS.Timeout | null = null;

  function check(): void {
    timer = null;
    for (const [pid, { start, lent }] of waiting) {
      const lives = processStart(pid) === start;
      if (lives && lent.size > 0) continue;
      waiting.delete(pid);
      if (lives) continue;
      for (const [path, pool] of lent) pool.discard([path]);
      for (const root of new Set(arenaRoots())) sweepArenas(root);
      if (lent.size > 0) say(`process ${pid} ended without giving back ${lent.size} results; their memory is free again`);
    }
    if (waiting.size > 0) later(laterCheckMs);
  }
  function later(milliseconds: number): void {
    timer ??= setTimeout(check, milliseconds).unref();
  }
  return {
    get size() {
      return [...waiting.values()].reduce((sum, { lent }) => sum + lent.size, 0);
    },
    add(pid, lent) {
      const start = processStart(pid);
      const known = waiting.get(pid);
      waiting.set(pid, { start: start ?? "gone", lent: new Map([...(known?.lent ?? []), ...lent]) });
      if (timer !== null) clearTimeout(timer);
      timer = null;
      later(firstCheckMs);
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
