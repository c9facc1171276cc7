import type { RunProgress } from "../contract/run.ts";
import type { ParfocalError } from "../errors/parfocal-error.ts";
import { readToldError } from "../errors/told-error.ts";
import { callError, deathError, type ErrorSubject, startError } from "./errors.ts";
import {
  type CallMessage,
  type ErrorMessage,
  type FailedMessage,
  ProtocolFault,
  type ReadyMessage,
  type ReplyMessage,
  type WorkerMessage,
} from "./messages.ts";
import type { ProcessEnd, WorkerProcess } from "./process.ts";

export interface SessionOptions {
  readonly module: string;
  /** Starts the process; what it says goes to `onMessage`, which throws a ProtocolFault when that breaks the protocol. */
  readonly start: (onMessage: (message: WorkerMessage | FailedMessage) => void) => WorkerProcess;
  /** What is said first. */
  readonly hello: object;
  /** The process watches the deadlines of calls itself. Default false. */
  readonly keepsTime?: boolean;
  /** Says why the process is gone. Default: in the words for a process of this one. */
  readonly deathError?: typeof deathError;
  readonly onLog: (level: "info" | "warning", message: string) => void;
}

/** The conversation with one worker process, from hello to its end. One call at a time. */
export interface Session {
  readonly process: WorkerProcess;
  readonly keepsTime: boolean;
  readonly deathError: typeof deathError;
  /** Rejects with a ParfocalError when the process ends or fails before it is ready. */
  readonly ready: Promise<ReadyMessage>;
  /** Sends a call; rejects with a ParfocalError when the worker reports one or dies. */
  call(message: CallMessage, onProgress?: (progress: RunProgress) => void): Promise<ReplyMessage>;
  cancel(id: number): void;
  /** Whole seconds since the worker last said anything. */
  silentSeconds(): number;
  subject(): ErrorSubject;
}

interface Pending<T> {
  resolve(value: T): void;
  reject(error: ParfocalError): void;
}
interface PendingCall extends Pending<ReplyMessage> {
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
  const describeDeath = options.deathError ?? deathError;
  const process = options.start(onMessage);
  process.send(options.hello);
  void process.ended.then(onEnd);

  function subject(): ErrorSubject {
    const { pid, log, logPath } = process;
    return { module: options.module, pid, stderrTail: log?.tail() ?? [], logPath };
  }

  function onMessage(message: WorkerMessage | FailedMessage): void {
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
      case "results":
        finish(message.id).resolve(message);
        return;
      case "failed":
        if (message.id !== null) finish(message.id).reject(readToldError(message.error));
        else if (starting !== null) {
          starting.reject(readToldError(message.error));
          starting = null;
        } else throw new ProtocolFault(message.error.message);
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
          ? describeDeath(options.module, end, "start")
          : startError(subject(), startFailure, end);
      starting.reject(failure);
      starting = null;
    }
    current?.reject(describeDeath(options.module, end, "call"));
    current = null;
  }

  return {
    process,
    keepsTime: options.keepsTime ?? false,
    deathError: describeDeath,
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
