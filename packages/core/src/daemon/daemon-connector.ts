import type { Settings } from "../contract/environment.ts";
import type { StartOptions } from "../contract/worker.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import type { Connector } from "../worker/connector.ts";
import { createLane, type Lane } from "../worker/lane.ts";
import { ProtocolFault, type ReadyMessage } from "../worker/messages.ts";
import { startSession } from "../worker/session.ts";
import { lostDaemonError, noDaemonError } from "./errors.ts";
import { type DaemonHello, type DaemonOrigin, daemonProtocolVersion } from "./protocol.ts";
import { connectProcess, type SocketProcess } from "./socket-process.ts";
import { findDaemon } from "./state-file.ts";

export interface DaemonConnector extends Connector {
  /** Where the last result was made, or the next one will be. Only once a session is ready. */
  origin(): DaemonOrigin;
}

/** Connects to the daemon of a home. The daemon looks after the slots; this side only says when it has finished with them. */
export function createDaemonConnector(handle: ModuleHandle, options: StartOptions, settings: Settings): DaemonConnector {
  const module = handle.manifest.name;
  let current: DaemonOrigin | null = null;
  let lane: Lane | null = null;

  function hello(token: string): DaemonHello {
    const { params = {}, device, profile, extraLocks, startTimeoutMs, cancelGraceMs, build } = options;
    return {
      type: "hello",
      protocol: daemonProtocolVersion,
      token,
      pid: process.pid,
      module: { folder: handle.folder, version: handle.manifest.version },
      start: {
        params,
        settings: { ...settings },
        ...(device !== undefined && { device }),
        ...(profile !== undefined && { profile }),
        ...(extraLocks !== undefined && { extraLocks: [...extraLocks] }),
        ...(startTimeoutMs !== undefined && { startTimeoutMs }),
        ...(cancelGraceMs !== undefined && { cancelGraceMs }),
        ...(build !== undefined && { build }),
      },
    };
  }
  function open(): Lane {
    const daemon = findDaemon(settings);
    if (daemon === null) throw noDaemonError(module);
    const places = { folder: "", fallback: "" };
    let socket: SocketProcess | undefined;
    const take = (origin: DaemonOrigin) => {
      current = origin;
      socket?.setOrigin(origin);
    };
    const session = startSession({
      module,
      start(onMessage) {
        socket = connectProcess(daemon.socket, (message) => {
          switch (message.type) {
            case "ready":
              Object.assign(places, message.arena);
              take(message.origin);
              return onMessage(message);
            case "origin":
              return take(message.origin);
            case "event":
              return options.onEvent?.(message.event);
            case "state":
              throw new ProtocolFault("a state was not asked for");
            default:
              return onMessage(message);
          }
        });
        return socket;
      },
      hello: hello(daemon.token),
      keepsTime: true,
      deathError: lostDaemonError,
      onLog: () => {},
    });
    const slots = createLane(session, places);
    return { ...slots, release: (paths) => session.process.send({ type: "free", paths: [...paths] }) };
  }
  return {
    open() {
      lane = open();
      return lane;
    },
    onReady: (_lane, _ready: ReadyMessage) => {},
    onGone() {
      lane = null;
    },
    keep: () => {},
    discard: (paths) => lane?.release(paths),
    close: () => {},
    origin: () => current!,
  };
}
