import type { Terminal } from "./terminal.ts";

/** Lines that stay and, on a terminal, one live line below them that is redrawn. */
export interface Progress {
  /** Prints a line that stays. */
  line(text: string): void;
  /**
   * Shows what is going on right now. On a terminal the text replaces the one before; elsewhere it is printed as a line of its own,
   * at most every 10 seconds.
   */
  update(text: string): void;
  /** Removes the live line. */
  clear(): void;
}

export interface ProgressOptions {
  /** Clock in milliseconds. Default: the monotonic clock. */
  readonly nowMs?: () => number;
}

const redrawEveryMs = 80;
const plainEveryMs = 10_000;
const eraseLine = "\r\u001b[2K";

/** Without escapes, so that the width that counts is the one that is seen. */
function cut(text: string, columns: number): string {
  const width = Math.max(10, columns - 1);
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}

export function createProgress(terminal: Terminal, { nowMs = () => performance.now() }: ProgressOptions = {}): Progress {
  let shown = "";
  let lastDrawnMs = Number.NEGATIVE_INFINITY;
  let lastPlainMs = nowMs();

  const erase = (): void => {
    if (shown !== "") terminal.err(eraseLine);
    shown = "";
  };

  return {
    line(text) {
      const live = shown;
      erase();
      terminal.err(`${text}\n`);
      lastPlainMs = nowMs();
      if (live !== "") {
        shown = live;
        terminal.err(live);
      }
    },
    update(text) {
      const now = nowMs();
      if (!terminal.live) {
        if (now - lastPlainMs < plainEveryMs) return;
        lastPlainMs = now;
        terminal.err(`${text}\n`);
        return;
      }
      const next = cut(text, terminal.columns);
      if (next === shown || (shown !== "" && now - lastDrawnMs < redrawEveryMs)) return;
      lastDrawnMs = now;
      terminal.err(shown === "" ? next : `${eraseLine}${next}`);
      shown = next;
    },
    clear: erase,
  };
}

/** A progress that says nothing, for `--quiet` and `--json`. */
export const silentProgress: Progress = { line: () => undefined, update: () => undefined, clear: () => undefined };

/** A bar of `width` characters, for example `████░░░░`; `fraction` outside 0 to 1 is clamped. */
export function renderBar(fraction: number, width = 12): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}
