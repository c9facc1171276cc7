import { setTimeout as delay } from "node:timers/promises";
import type { WorkerState } from "../contract/worker.ts";
import type { ParfocalError } from "../errors/parfocal-error.ts";
import { maxDeaths, restartDelayMs } from "./back-off.ts";
import { brokenError, closedError, deathError, timeoutError } from "./errors.ts";
import type { ReadyMessage } from "./messages.ts";
import type { ProcessEnd } from "./process.ts";
import type { Session } from "./session.ts";
import { terminateGraceMs } from "./watch-call.ts";

/** A session that answers calls. */
export interface ReadySession {
  readonly session: Session;
  readonly ready: ReadyMessage;
}

export interface SupervisorOptions {
  readonly module: string;
  readonly startTimeoutMs: number;
  readonly closeGraceMs: number;
  readonly start: () => Session;
  readonly onReady: (session: Session, ready: ReadyMessage) => void;
  readonly onEnd: (session: Session, end: ProcessEnd, reason: string) => void;
}

/** Keeps one worker process alive: starts it when it is needed, counts its deaths, ends it. */
export interface Supervisor {
  readonly state: Exclude<WorkerState, "busy">;
  /** The process that lives now, ready or not. */
  readonly session: Session | null;
  /** The session that answers calls now; null when there is none. */
  readonly ready: ReadySession | null;
  /**
   * A ready session; starts a process when there is none, not sooner after a death than the back-off says.
   * @throws ParfocalError WORKER_START_FAILED and what else a start may end with; WORKER_CLOSED.
   */
  acquire(): Promise<ReadySession>;
  /** A call was answered: earlier deaths no longer count. */
  succeeded(): void;
  /** The process is about to be ended on purpose; that is no death. */
  expectEnd(session: Session, reason: string): void;
  /** Ends the process: politely when it is idle. */
  close(force: boolean): Promise<void>;
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const expected = new Map<Session, string>();
  let live: Session | null = null;
  let readySession: ReadySession | null = null;
  let starting: Promise<ReadySession> | null = null;
  let everStarted = false;
  let closing = false;
  let closed = false;
  let deaths = 0;
  let lastDeathAt = 0;
  let broken: ParfocalError | null = null;
  const stopWaiting = new AbortController();

  function ended(session: Session, end: ProcessEnd): void {
    const reason = expected.get(session) ?? describe(end);
    if (live === session) {
      live = null;
      readySession = null;
    }
    if (!expected.has(session) && !closing) {
      deaths += 1;
      lastDeathAt = performance.now();
      if (deaths >= maxDeaths) broken = brokenError(options.module, deaths, deathError(options.module, end, "call"), end);
    }
    expected.delete(session);
    options.onEnd(session, end, reason);
  }

  async function start(): Promise<ReadySession> {
    await live?.process.ended;
    const waitMs = lastDeathAt + restartDelayMs(deaths) - performance.now();
    if (deaths > 0 && waitMs > 0) await delay(waitMs, undefined, { signal: stopWaiting.signal }).catch(() => {});
    if (closing) throw closedError(options.module);
    everStarted = true;
    const session = options.start();
    live = session;
    session.process.hold(true);
    void session.process.ended.then((end) => ended(session, end));
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      session.process.kill("SIGKILL");
    }, options.startTimeoutMs);
    try {
      const ready = await session.ready;
      readySession = { session, ready };
      options.onReady(session, ready);
      session.process.hold(false);
      return readySession;
    } catch (error) {
      const end = await session.process.ended;
      if (closing) throw closedError(options.module);
      if (timedOut) {
        const timing = { timeoutMs: options.startTimeoutMs, missedHeartbeats: 0 };
        throw timeoutError(session.subject(), "start", timing, end);
      }
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  const readyNow = () => (closing || readySession === null || readySession.session.process.exited ? null : readySession);

  return {
    get state() {
      if (closed) return "dead";
      if (closing) return "draining";
      if (broken !== null) return "broken";
      if (starting !== null) return "starting";
      if (readySession !== null) return "ready";
      return everStarted ? "dead" : "cold";
    },
    get session() {
      return live;
    },
    get ready() {
      return readyNow();
    },
    acquire() {
      if (closing) return Promise.reject(closedError(options.module));
      const ready = readyNow();
      if (ready !== null) return Promise.resolve(ready);
      if (broken !== null) return Promise.reject(broken);
      if (starting === null) {
        starting = start().finally(() => {
          starting = null;
        });
        starting.catch(() => {}); // a call that was cancelled meanwhile no longer listens
      }
      return starting;
    },
    succeeded() {
      deaths = 0;
    },
    expectEnd(session, reason) {
      if (!expected.has(session)) expected.set(session, reason);
    },
    async close(force) {
      closing = true;
      stopWaiting.abort();
      const session = live;
      if (session !== null) {
        expected.set(session, "closed");
        session.process.hold(true);
        await endSession(session, force || readySession === null ? 0 : options.closeGraceMs);
      }
      await starting?.catch(() => {});
      closed = true;
    },
  };
}

async function endSession({ process }: Session, graceMs: number): Promise<void> {
  const timers: NodeJS.Timeout[] = [];
  const terminate = () => {
    process.kill("SIGTERM");
    timers.push(setTimeout(() => process.kill("SIGKILL"), terminateGraceMs));
  };
  if (graceMs === 0) terminate();
  else {
    process.send({ type: "close" });
    timers.push(setTimeout(terminate, graceMs));
  }
  await process.ended;
  for (const timer of timers) clearTimeout(timer);
}

function describe({ exitCode, signal, fault }: ProcessEnd): string {
  if (fault !== null) return `broke the protocol: ${fault.message}`;
  return signal === null ? `exited with code ${exitCode}` : `killed by ${signal}`;
}
