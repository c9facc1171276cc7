import type { Socket } from "node:net";
import { type OnEvent, toParfocalError } from "@parfocal/core";
import {
  type ClientMessage,
  createLineReader,
  type DaemonMessage,
  type DaemonOrigin,
  daemonProtocolVersion,
  ProtocolFault,
  type RelayPool,
  readClientMessage,
  tellError,
  writeLine,
} from "@parfocal/core/serve";
import type { Daemon } from "../daemon.ts";
import { incompatibleError, stoppingError, strangerError } from "../errors.ts";
import { createRequest, type PoolRequest } from "../pools/request.ts";
import { isSameToken } from "../token.ts";
import { runCall } from "./run-call.ts";

/** How long a client may take to say who it is, milliseconds. */
const openingMs = 10_000;

/** What a connection has in hand. */
export interface Connection {
  readonly client: string;
  readonly request: PoolRequest;
  /** Fires when the client hangs up. */
  readonly gone: AbortSignal;
  readonly calls: Map<number, AbortController>;
  /** Slots of results that the client has not finished with, and the pools that they belong to. */
  readonly lent: Map<string, RelayPool>;
  send(message: DaemonMessage): void;
  /** Tells where the results that follow are made, unless that was the last thing told. */
  sendOrigin(origin: DaemonOrigin): void;
}

let connections = 0;

/** Serves one client until it hangs up. */
export function serveConnection(socket: Socket, daemon: Daemon): void {
  connections += 1;
  const client = String(connections);
  const gone = new AbortController();
  let connection: Connection | null = null;
  let pid = 0;
  let isOpen = false;
  const timer = setTimeout(() => socket.destroy(), openingMs);

  const send = (message: object) => {
    if (socket.writable) socket.write(writeLine(message));
  };
  function refuse(error: unknown): void {
    send({ type: "failed", id: null, error: tellError(toParfocalError(error)) });
    socket.end();
  }
  function onMessage(message: ClientMessage): void {
    if (!isOpen) {
      isOpen = true;
      clearTimeout(timer);
      void open(message);
      return;
    }
    if (connection === null) throw new ProtocolFault(`${message.type} came before ready`);
    const { calls, lent } = connection;
    switch (message.type) {
      case "run":
      case "refine":
      case "batch":
      case "measure":
      case "open":
      case "read":
      case "forget":
        if (calls.has(message.id)) throw new ProtocolFault(`call ${message.id} runs already`);
        void runCall(daemon, connection, message);
        return;
      case "cancel":
        calls.get(message.id)?.abort();
        return;
      case "free":
        giveBack(message.paths, lent);
        return;
      case "close":
        socket.end();
        return;
      default:
        throw new ProtocolFault(`${message.type} came twice`);
    }
  }
  async function open(message: ClientMessage): Promise<void> {
    try {
      if (message.type !== "hello" && message.type !== "control") throw new ProtocolFault(`${message.type} came first`);
      if (message.protocol !== daemonProtocolVersion) throw incompatibleError(message.protocol, daemonProtocolVersion);
      if (!isSameToken(message.token, daemon.token)) throw strangerError();
      pid = message.pid;
      if (message.type === "control") return await answerControl(message.action);
      if (daemon.isStopping) throw stoppingError();
      await greet(createRequest(message.module.folder, message.start));
    } catch (error) {
      refuse(error instanceof ProtocolFault ? incompatibleError(error.message, daemonProtocolVersion) : error);
    }
  }
  async function answerControl(action: "state" | "stop" | "kill"): Promise<void> {
    if (action !== "state") await daemon.stop(action === "kill");
    send({ type: "state", state: daemon.state() });
    socket.end();
  }
  async function greet(request: PoolRequest): Promise<void> {
    const onEvent: OnEvent = (event) => send({ type: "event", event });
    const { pool } = await daemon.pools.open(request, { onEvent, signal: gone.signal });
    if (gone.signal.aborted) return;
    const { origin, ready } = await pool;
    let told = origin;
    connection = {
      client,
      request,
      gone: gone.signal,
      calls: new Map(),
      lent: new Map(),
      send,
      sendOrigin(next) {
        const isSame = next.pid === told.pid && next.environment.key === told.environment.key && next.version === told.version;
        told = next;
        if (!isSame) send({ type: "origin", origin: next });
      },
    };
    const { folder, fallback } = daemon.arena;
    send({ ...ready, origin, arena: { folder, fallback } });
  }

  const reader = createLineReader((line) => onMessage(readClientMessage(line)));
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      const why = error instanceof ProtocolFault ? error.message : String(error);
      daemon.say(`client ${client} (process ${pid}) broke the protocol: ${why}`);
      refuse(incompatibleError(why, daemonProtocolVersion));
      socket.destroySoon();
    }
  });
  socket.on("error", () => {}); // a client that dies is told by `close`
  socket.on("close", () => {
    clearTimeout(timer);
    gone.abort();
    if (connection === null) return;
    for (const controller of connection.calls.values()) controller.abort();
    daemon.orphans.add(pid, connection.lent);
  });
}

/** Slots that were not lent to this client are not its to give back. */
export function giveBack(paths: readonly string[], lent: Map<string, RelayPool>): void {
  for (const path of paths) {
    lent.get(path)?.discard([path]);
    lent.delete(path);
  }
}
