import type { Arena } from "./arena.ts";
import { createOutputReader, type OutputReader } from "./output-slot.ts";
import type { Session } from "./session.ts";

/** What the host knows of one worker process beside the conversation: its slots. */
export interface Lane {
  readonly session: Session;
  /** Start of the names of the slots that the process makes. */
  readonly prefix: string;
  readonly reader: OutputReader;
  /** Slots to name as free in the next call. */
  takeFree(): string[];
  release(paths: Iterable<string>): void;
  /** The process is gone. */
  close(): void;
}

export function createLane(session: Session, prefix: string, arena: Arena): Lane {
  let free: string[] = [];
  const reader = createOutputReader(arena);
  return {
    session,
    prefix,
    reader,
    takeFree() {
      const taken = free;
      free = [];
      return taken;
    },
    release(paths) {
      free.push(...paths);
    },
    close: () => reader.close(),
  };
}
