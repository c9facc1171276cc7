import { connect } from "node:net";
import { createLineReader, writeLine } from "../worker/line-reader.ts";
import { ProtocolFault } from "../worker/messages.ts";
import type { ProcessEnd, WorkerProcess } from "../worker/process.ts";
import { type DaemonMessage, type DaemonOrigin, readDaemonMessage } from "./protocol.ts";

/** A worker process at the other end of a socket. Killing it is hanging up, which makes the daemon stop the call. */
export interface SocketProcess extends WorkerProcess {
  setOrigin(origin: DaemonOrigin): void;
}

/** @param onMessage throws a ProtocolFault when a message breaks the protocol */
export function connectProcess(path: string, onMessage: (message: DaemonMessage) => void): SocketProcess {
  const socket = connect(path);
  let origin: DaemonOrigin | null = null;
  let fault: ProtocolFault | null = null;
  let connectError: Error | null = null;
  let connected = false;
  let end: ProcessEnd | null = null;

  const ended = new Promise<ProcessEnd>((resolve) => {
    socket.once("connect", () => {
      connected = true;
    });
    socket.on("error", (error) => {
      if (!connected) connectError = error;
    });
    socket.once("close", () => {
      const logPath = origin?.logPath ?? null;
      end = { exitCode: null, signal: null, oomSuspected: false, stderrTail: [], logPath, fault, spawnError: connectError };
      resolve(end);
    });
  });
  function fail(reason: ProtocolFault): void {
    fault ??= reason;
    socket.destroy();
  }
  const reader = createLineReader((line) => {
    if (fault === null) onMessage(readDaemonMessage(line));
  });
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      fail(error instanceof ProtocolFault ? error : new ProtocolFault(String(error)));
    }
  });
  return {
    get pid() {
      return origin?.pid ?? 0;
    },
    log: null,
    get logPath() {
      return origin?.logPath ?? null;
    },
    ended,
    get exited() {
      return socket.destroyed;
    },
    get end() {
      return end;
    },
    send(message) {
      const line = writeLine(message);
      if (socket.writable) socket.write(line);
      if ("type" in message && message.type === "close") socket.end();
    },
    fail,
    kill: () => void socket.destroy(),
    hold: (held) => void (held ? socket.ref() : socket.unref()),
    setOrigin(next) {
      origin = next;
    },
  };
}
