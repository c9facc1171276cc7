import { createOutputReader, type OutputReader, type SlotPlaces } from "./output-slot.ts";
import type { Session } from "./session.ts";

/** What the host knows of one worker process beside the conversation: its slots. */
export interface Lane {
  readonly session: Session;
  readonly reader: OutputReader;
  /** Slots to name as free in the next call. */
  takeFree(): string[];
  release(paths: Iterable<string>): void;
  /** The process is gone. */
  close(): void;
}

/** @param places where the process makes its slots */
export function createLane(session: Session, places: SlotPlaces): Lane {
  let free: string[] = [];
  const reader = createOutputReader(places);
  return {
    session,
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
