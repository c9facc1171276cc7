import { randomUUID } from "node:crypto";
import type { RawHandle } from "../contract/run.ts";
import type { SlotRef } from "./messages.ts";

/** Raw network output that stays in slots until `refine` needs it, and what must be known to use it. */
export interface RawEntry<C> {
  readonly handle: RawHandle;
  readonly arrays: Readonly<Record<string, SlotRef>>;
  readonly context: C;
}

/** Keeps raw outputs up to a number of bytes; the one that was used longest ago goes first. */
export interface RawStore<C> {
  /** Null when the arrays alone are more than the limit; then the caller keeps owning the slots. */
  put(arrays: Readonly<Record<string, SlotRef>>, context: C): RawEntry<C> | null;
  /** Undefined when it is gone or was never here. */
  get(id: string): RawEntry<C> | undefined;
  /** Paths of all slots that are kept. */
  paths(): Set<string>;
  clear(): void;
}

export function createRawStore<C>(limitBytes: number, onEvict: (paths: readonly string[]) => void): RawStore<C> {
  const entries = new Map<string, RawEntry<C>>(); // in the order of last use
  let total = 0;

  function evict(entry: RawEntry<C>): void {
    entries.delete(entry.handle.id);
    total -= entry.handle.bytes;
    onEvict(pathsOf(entry));
  }
  return {
    put(arrays, context) {
      const bytes = Object.values(arrays).reduce((sum, ref) => sum + ref.bytes, 0);
      if (bytes > limitBytes) return null;
      for (const entry of entries.values()) {
        if (total + bytes <= limitBytes) break;
        evict(entry);
      }
      const entry = { handle: { id: randomUUID(), bytes }, arrays, context };
      entries.set(entry.handle.id, entry);
      total += bytes;
      return entry;
    },
    get(id) {
      const entry = entries.get(id);
      if (entry !== undefined) {
        entries.delete(id);
        entries.set(id, entry);
      }
      return entry;
    },
    paths: () => new Set([...entries.values()].flatMap(pathsOf)),
    clear() {
      for (const entry of entries.values()) evict(entry);
    },
  };
}

function pathsOf(entry: RawEntry<unknown>): string[] {
  return Object.values(entry.arrays).map((ref) => ref.path);
}
