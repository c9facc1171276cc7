import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { WorkerDeath } from "../errors/details.ts";
import type { WorkerLog } from "../log/worker-log.ts";
import { onNodeExit } from "./exit-hooks.ts";
import { createLineReader, writeLine } from "./line-reader.ts";
import { ProtocolFault, readWorkerMessage, type WorkerMessage } from "./messages.ts";
import { countOomKills } from "./oom-kills.ts";
import { killTree, killTreeNow } from "./terminate.ts";

/** How a process ended. */
export interface ProcessEnd extends WorkerDeath {
  /** Set when the process was ended because it broke the protocol. */
  readonly fault: ProtocolFault | null;
  /** Set when no process could be started at all. */
  readonly spawnError: Error | null;
}

export interface ProcessOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Called once with the process id, before anything is read. */
  readonly openLog: (pid: number) => WorkerLog;
  readonly onMessage: (message: WorkerMessage) => void;
}

/** One live Python process. */
export interface WorkerProcess {
  /** 0 when none could be started. */
  readonly pid: number;
  readonly log: WorkerLog | null;
  /** Where its output is kept, null when nowhere. */
  readonly logPath: string | null;
  /** Never rejects. Resolves once the process and its group are gone. */
  readonly ended: Promise<ProcessEnd>;
  /** True from the moment in which the process is known to have exited; `ended` follows when its output is read. */
  readonly exited: boolean;
  /** Null until `ended` resolves. */
  readonly end: ProcessEnd | null;
  send(message: object): void;
  /** Ends the process as one that broke the protocol. */
  fail(fault: ProtocolFault): void;
  kill(signal: "SIGTERM" | "SIGKILL"): void;
  /** Whether this process keeps Node's event loop alive. */
  hold(held: boolean): void;
}

const hasLifeline = process.platform !== "win32";

/** How long to wait for the rest of stderr after the process has ended: a child that left the group may hold it open. */
const stderrGraceMs = 200;

/**
 * Starts a process in a group of its own, so that it ends with all its children. `node:child_process` is used directly: the pipes carry
 * a protocol, and nothing may be buffered.
 */
export function startProcess(options: ProcessOptions): WorkerProcess {
  const [file, ...args] = options.command;
  const oomKillsBefore = countOomKills();
  const child = spawn(file ?? "", args, {
    detached: process.platform !== "win32",
    env: { ...options.environment, PARFOCAL_HOST_PID: String(process.pid), ...(hasLifeline && { PARFOCAL_LIFELINE: "3" }) },
    // The fourth is never written to: that it closes is how the worker learns that Node is gone.
    stdio: ["pipe", "pipe", "pipe", ...(hasLifeline ? ["pipe" as const] : [])],
    windowsHide: true,
  }) as ChildProcessWithoutNullStreams;
  const streams = [child.stdin, child.stdout, child.stderr, child.stdio[3]].filter((stream) => stream instanceof Socket);
  const { pid } = child;
  const log = pid === undefined ? null : options.openLog(pid);
  const releaseHook = pid === undefined ? () => {} : onNodeExit(() => killTreeNow(pid));
  let end: ProcessEnd | null = null;
  let killed = false;
  let fault: ProtocolFault | null = null;

  const ended = new Promise<ProcessEnd>((resolve) => {
    let settled = false;
    const settle = (exitCode: number | null, signal: string | null, spawnError: Error | null) => {
      if (settled) return;
      settled = true;
      releaseHook();
      log?.close();
      const oomSuspected = signal === "SIGKILL" && !killed && countOomKills() > oomKillsBefore;
      end = { exitCode, signal, oomSuspected, stderrTail: log?.tail() ?? [], logPath: log?.path ?? null, fault, spawnError };
      resolve(end);
    };
    child.once("error", (error) => {
      if (pid === undefined) settle(null, null, error);
    });
    child.once("exit", (exitCode, signal) => {
      if (pid !== undefined) killTree(pid, "SIGKILL"); // children that it left behind
      const timer = setTimeout(() => {
        for (const stream of streams) stream.destroy();
        settle(exitCode, signal, null);
      }, stderrGraceMs);
      child.once("close", () => {
        clearTimeout(timer);
        settle(exitCode, signal, null);
      });
    });
  });

  function kill(signal: "SIGTERM" | "SIGKILL"): void {
    if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    killed = true;
    killTree(pid, signal);
  }
  function fail(reason: ProtocolFault): void {
    fault ??= reason;
    child.stdout.removeAllListeners("data");
    child.stdout.resume();
    kill("SIGKILL");
  }

  const reader = createLineReader((line) => {
    if (fault === null) options.onMessage(readWorkerMessage(line));
  });
  child.stdout.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      fail(error instanceof ProtocolFault ? error : new ProtocolFault(String(error)));
    }
  });
  child.stderr.on("data", (chunk: Buffer) => log?.write(chunk));
  for (const stream of streams) {
    stream.on("error", () => {}); // a pipe breaks when the process dies, which `exit` tells better
  }

  return {
    pid: pid ?? 0,
    log,
    logPath: log?.path ?? null,
    ended,
    get exited() {
      return pid === undefined || child.exitCode !== null || child.signalCode !== null;
    },
    get end() {
      return end;
    },
    send(message) {
      const line = writeLine(message);
      if (child.stdin.writable) child.stdin.write(line);
    },
    fail,
    kill,
    hold(held) {
      const verb = held ? "ref" : "unref";
      child[verb]();
      for (const stream of streams) stream[verb]();
    },
  };
}
