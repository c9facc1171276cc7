import type { Lane } from "./lane.ts";
import type { ReadyMessage } from "./messages.ts";

/** Where an engine's sessions come from, and what becomes of the slots of their processes. */
export interface Connector {
  /** Starts a process, or connects to one. */
  open(): Lane;
  onReady(lane: Lane, ready: ReadyMessage): void;
  /** The process is gone. */
  onGone(lane: Lane, reason: string): void;
  /** Slots that must outlive the process that made them. */
  keep(paths: readonly string[]): void;
  /** Slots that nobody needs any more, kept or not, whichever process made them. */
  discard(paths: readonly string[]): void;
  /** All processes are gone. */
  close(): void;
}
