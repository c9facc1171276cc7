import { findDaemon, ParfocalError, type Settings } from "@parfocal/core";
import { type Arena, acquireArena, daemonProtocolVersion, processStart, tryLock } from "@parfocal/core/serve";
import type { DaemonSummary } from "./daemon-summary.ts";
import { type HttpServer, listenHttp } from "./http/listen.ts";
import { socketPath } from "./life/socket-path.ts";
import { daemonLogPath, removeState, writeState } from "./life/state.ts";
import { createPools, type Pools } from "./pools/pools.ts";
import { prewarm } from "./pools/prewarm.ts";
import { listenSocket, type SocketServer } from "./socket/listen.ts";
import { createOrphans, type Orphans } from "./socket/orphans.ts";
import { createToken } from "./token.ts";
import { readVersion } from "./version.ts";

const defaultHousekeepingMs = 15_000;

/** The parts of a daemon that its connections need. */
export interface Daemon {
  readonly token: string;
  readonly arena: Arena;
  readonly pools: Pools;
  readonly orphans: Orphans;
  readonly isStopping: boolean;
  say(line: string): void;
  state(): DaemonSummary;
  /** Finishes the calls in hand, or with `now` fails them, and ends. Safe to call twice. */
  stop(now: boolean): Promise<void>;
}

export interface RunningDaemon extends Daemon {
  /** Resolves once it has ended and nothing of it is left. */
  readonly ended: Promise<void>;
}

export interface DaemonOptions {
  readonly settings: Settings;
  /** Where modules are looked for by name: the folders and those above them. */
  readonly moduleStarts: readonly string[];
  readonly say?: (line: string) => void;
  /** Share of memory that is free, 0 to 1. Default: what the system says. */
  readonly freeShare?: () => number;
  /** How often it looks for models to free, and whether clients can still find it, milliseconds. Default 15,000. */
  readonly housekeepingMs?: number;
}

/**
 * Starts a daemon in this process: pools for all programs of this user, over a local socket, and over HTTP on loopback.
 *
 * @throws ParfocalError DAEMON_RUNS when one of this home runs already; the system's error when it cannot listen.
 */
export async function createDaemon(options: DaemonOptions): Promise<RunningDaemon> {
  const { settings, moduleStarts, say = () => {} } = options;
  const lock = await tryLock(`daemon of ${settings.home}`);
  if (lock === null) {
    throw new ParfocalError("DAEMON_RUNS", `a daemon for ${settings.home} runs already`, {
      hint: "`parfocal daemon status` shows it, `parfocal daemon stop` ends it",
    });
  }
  const { arena, release } = acquireArena();
  const startedAt = new Date().toISOString();
  const version = readVersion();
  const pools = createPools({
    idleMs: settings.idleMinutes * 60_000,
    say,
    ...(options.freeShare !== undefined && { freeShare: options.freeShare }),
  });
  const orphans = createOrphans(say);
  const socket = socketPath(settings.home);
  let sockets: SocketServer | null = null;
  let http: HttpServer | null = null;
  let stopping: Promise<void> | null = null;
  let tellEnded = () => {};
  const ended = new Promise<void>((resolve) => {
    tellEnded = resolve;
  });
  const housekeeping = setInterval(() => {
    pools.free();
    if (http === null || findDaemon(settings)?.pid === process.pid) return;
    say("its state file is gone, so that nobody can find it");
    void daemon.stop(false);
  }, options.housekeepingMs ?? defaultHousekeepingMs).unref();

  async function shutDown(now: boolean): Promise<void> {
    say(now ? "stopping at once" : "stopping when the calls in hand are done");
    clearInterval(housekeeping);
    removeState(settings);
    await pools.close(now);
  }
  async function cleanUp(): Promise<void> {
    await http?.close();
    await sockets?.close();
    orphans.close();
    release();
    await lock!.release();
    say("stopped");
    tellEnded();
  }
  const daemon: RunningDaemon = {
    token: createToken(),
    arena,
    pools,
    orphans,
    get isStopping() {
      return stopping !== null;
    },
    say,
    state: () => ({
      pid: process.pid,
      version,
      protocol: daemonProtocolVersion,
      http: http?.url ?? "",
      home: settings.home,
      startedAt,
      memoryBytes: process.memoryUsage.rss(),
      clients: sockets?.clients() ?? 0,
      orphans: orphans.size,
      pools: [...pools.state()],
    }),
    stop(now) {
      if (stopping === null) {
        stopping = shutDown(now);
        void stopping.then(() => setImmediate(() => void cleanUp())); // whoever asked is answered first
      } else if (now) {
        void pools.close(true);
      }
      return stopping;
    },
    ended,
  };
  try {
    sockets = await listenSocket(socket, daemon);
    http = await listenHttp(daemon, { settings, moduleStarts });
    writeState(settings, {
      stateVersion: 1,
      pid: process.pid,
      start: processStart(process.pid) ?? "0",
      version,
      protocol: daemonProtocolVersion,
      socket,
      http: http.url,
      token: daemon.token,
      startedAt,
      logPath: daemonLogPath(settings),
    });
  } catch (error) {
    await daemon.stop(true);
    await ended;
    throw error;
  }
  say(`daemon ${version}, process ${process.pid}, at ${socket} and ${http.url}`);
  void prewarm(daemon, settings, moduleStarts);
  return daemon;
}
