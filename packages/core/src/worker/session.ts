import type { RunProgress } from "../contract/run.ts";
import type { ParfocalError } from "../errors/parfocal-error.ts";
import type { WorkerLog } from "../log/worker-log.ts";
import { callError, deathError, type ErrorSubject, startError } from "./errors.ts";
import {
  type CallMessage,
  type ErrorMessage,
  type HelloMessage,
  ProtocolFault,
  type ReadyMessage,
  type ResultMessage,
  type WorkerMessage,
} from "./messages.ts";
import { type ProcessEnd, startProcess, type WorkerProcess } from "./process.ts";

export interface SessionOptions {
  readonly module: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly hello: HelloMessage;
  readonly openLog: (pid: number) => WorkerLog;
  readonly onLog: (level: "info" | "warning", message: string) => void;
}

/** The conversation with one worker process, from hello to its end. One call at a time. */
export interface Session {
  readonly process: WorkerProcess;
  /** Rejects with a ParfocalError when the process ends or fails before it is ready. */
  readonly ready: Promise<ReadyMessage>;
  /** Sends a call; rejects with a ParfocalError when the worker reports one or dies. */
  call(message: CallMessage, onProgress?: (progress: RunProgress) => void): Promise<ResultMessage>;
  cancel(id: number): void;
  /** Whole seconds since the worker last said anything. */
  silentSeconds(): number;
  subject(): ErrorSubject;
}

interface Pending<T> {
  resolve(value: T): void;
  reject(error: ParfocalError): void;
}
interface PendingCall extends Pending<ResultMessage> {
  readonly id: number;
  readonly onProgress: ((progress: RunProgress) => void) | undefined;
}

export function startSession(options: SessionOptions): Session {
  let starting: Pending<ReadyMessage> | null;
  let startFailure: ErrorMessage | null = null;
  let current: PendingCall | null = null;
  let lastId = 0;
  let lastHeard = performance.now();

  const { promise: ready, ...pendingReady } = withResolvers<ReadyMessage>();
  starting = pendingReady;
  ready.catch(() => {}); // whoever awaits it hears of it; nobody need
  const process = startProcess({ ...options, onMessage });
  process.send(options.hello);
  void process.ended.then(onEnd);

  function subject(): ErrorSubject {
    const { pid, log } = process;
    return { module: options.module, pid, stderrTail: log?.tail() ?? [], logPath: log?.path ?? null };
  }

  function onMessage(message: WorkerMessage): void {
    lastHeard = performance.now();
    switch (message.type) {
      case "ready":
        if (starting === null) throw new ProtocolFault("ready was said twice");
        starting.resolve(message);
        starting = null;
        return;
      case "log":
        options.onLog(message.level, message.message);
        return;
      case "heartbeat":
      case "progress":
        checkIssued(message.id);
        // Beats and threads of a model may be late: what belongs to a finished call is dropped.
        if (message.type === "progress" && message.id === current?.id) report(current, message);
        return;
      case "result":
        finish(message.id).resolve(message);
        return;
      case "error":
        if (message.id !== null) finish(message.id).reject(callError(subject(), message));
        else if (starting !== null) startFailure = message;
        else throw new ProtocolFault(message.message);
    }
  }

  function finish(id: number): PendingCall {
    checkIssued(id);
    if (current === null || current.id !== id) throw new ProtocolFault(`call ${id} was answered twice`);
    const call = current;
    current = null;
    return call;
  }

  function checkIssued(id: number): void {
    if (id === 0 || id > lastId) throw new ProtocolFault(`there is no call ${id}`);
  }

  function onEnd(end: ProcessEnd): void {
    if (starting !== null) {
      const failure =
        startFailure === null || end.fault !== null
          ? deathError(options.module, end, "start")
          : startError(subject(), startFailure, end);
      starting.reject(failure);
      starting = null;
    }
    current?.reject(deathError(options.module, end, "call"));
    current = null;
  }

  return {
    process,
    ready,
    call(message, onProgress) {
      return new Promise((resolve, reject) => {
        lastId = message.id;
        lastHeard = performance.now();
        current = { id: message.id, onProgress, resolve, reject };
        if (process.end === null) process.send(message);
        else onEnd(process.end);
      });
    },
    cancel: (id) => process.send({ type: "cancel", id }),
    silentSeconds: () => Math.floor((performance.now() - lastHeard) / 1000),
    subject,
  };
}

function withResolvers<T>(): Pending<T> & { readonly promise: Promise<T> } {
  let pending: Pending<T> | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    pending = { resolve, reject };
  });
  return { ...pending!, promise };
}

function report(call: PendingCall, { done, total, message }: RunProgress): void {
  try {
    call.onProgress?.({ done, total, message });
  } catch (error) {
    queueMicrotask(() => {
      throw error; // the caller's own mistake must not look like the worker's
    });
  }
}
