import type { Session } from "./session.ts";

/** How long a process may take to end after SIGTERM before it is killed. */
export const terminateGraceMs = 500;

export interface WatchOptions {
  readonly session: Session;
  readonly id: number;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number | undefined;
  readonly graceMs: number;
  /** Called just before the process is ended by force. */
  readonly onForce: () => void;
}

/** Stops a call when its signal aborts or its deadline passes: by asking, then SIGTERM, then SIGKILL. */
export interface CallWatch {
  /** Why the call was stopped, null while it was not. */
  readonly cause: "cancelled" | "timeout" | null;
  /** Seconds without a sign of life when the deadline passed. */
  readonly silentSeconds: number;
  /** The call is over, however it went. */
  done(): void;
}

export function watchCall(options: WatchOptions): CallWatch {
  const { session, id, signal, timeoutMs, graceMs } = options;
  const timers: NodeJS.Timeout[] = [];
  let cause: CallWatch["cause"] = null;
  let silentSeconds = 0;

  const after = (milliseconds: number, action: () => void) => timers.push(setTimeout(action, milliseconds));
  function stop(reason: "cancelled" | "timeout"): void {
    if (cause !== null) return;
    cause = reason;
    silentSeconds = session.silentSeconds();
    session.cancel(id);
    after(graceMs, () => {
      options.onForce();
      session.process.kill("SIGTERM");
      after(terminateGraceMs, () => session.process.kill("SIGKILL"));
    });
  }
  const onAbort = () => stop("cancelled");
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  if (timeoutMs !== undefined) after(timeoutMs, () => stop("timeout"));

  return {
    get cause() {
      return cause;
    },
    get silentSeconds() {
      return silentSeconds;
    },
    done() {
      for (const timer of timers) clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
