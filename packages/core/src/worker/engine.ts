import type { OnEvent } from "../contract/events.ts";
import type { WorkerState } from "../contract/worker.ts";
import type { ModuleManifest } from "../module/manifest.ts";
import { createCallQueue } from "./call-queue.ts";
import type { Connector } from "./connector.ts";
import { cancelledError, closedError } from "./errors.ts";
import type { CallHost } from "./host.ts";
import type { Lane } from "./lane.ts";
import type { Session } from "./session.ts";
import { createSupervisor } from "./supervisor.ts";

const defaults = { startTimeoutMs: 300_000, cancelGraceMs: 2_000 };

export interface EngineOptions {
  readonly manifest: Pick<ModuleManifest, "name" | "outputs">;
  readonly connector: Connector;
  readonly startTimeoutMs?: number | undefined;
  readonly cancelGraceMs?: number | undefined;
  readonly onEvent?: OnEvent | undefined;
  /** Runs once when everything is over, before slots are removed. */
  readonly onClose?: () => Promise<void>;
}

/** One process at a time and the calls that it answers, one after another. Deals in slots; what lies in them is not its business. */
export interface Engine extends CallHost {
  readonly state: WorkerState;
  readonly session: Session | null;
  /** Axis orders that the loaded model takes, when they are fewer than the module's. */
  readonly acceptedAxes: readonly string[] | null;
  /** Starts the process and loads the model. */
  begin(): Promise<void>;
  /** Runs a call when its turn comes. */
  enqueue<T>(call: () => Promise<T>, signal: AbortSignal | undefined): Promise<T>;
  /** Ends the process. Calls in flight fail with WORKER_CLOSED. Safe to call twice. */
  close(): Promise<void>;
}

export function createEngine(options: EngineOptions): Engine {
  const { connector } = options;
  const { name: module, outputs } = options.manifest;
  const cancelGraceMs = options.cancelGraceMs ?? defaults.cancelGraceMs;
  const queue = createCallQueue();
  const lanes = new Map<Session, Lane>();
  let calls = 0;
  let acceptedAxes: readonly string[] | null = null;
  let closing: Promise<void> | null = null;

  const supervisor = createSupervisor({
    module,
    startTimeoutMs: options.startTimeoutMs ?? defaults.startTimeoutMs,
    closeGraceMs: cancelGraceMs,
    start() {
      const lane = connector.open();
      lanes.set(lane.session, lane);
      return lane.session;
    },
    onReady(session, ready) {
      acceptedAxes = ready.axes;
      connector.onReady(lanes.get(session)!, ready);
    },
    onEnd(session, _end, reason) {
      const lane = lanes.get(session)!;
      lanes.delete(session);
      lane.close();
      connector.onGone(lane, reason);
    },
  });

  async function shutDown(): Promise<void> {
    const busy = queue.size > 0;
    queue.clear(() => closedError(module));
    await Promise.resolve(); // so that `closing` is set before anything ends
    await supervisor.close(busy);
    await options.onClose?.();
    connector.close();
  }

  return {
    module,
    outputs,
    cancelGraceMs,
    supervisor,
    get state() {
      return supervisor.state === "ready" && queue.size > 0 ? "busy" : supervisor.state;
    },
    get session() {
      return supervisor.session;
    },
    get acceptedAxes() {
      return acceptedAxes;
    },
    isClosing: () => closing !== null,
    nextId: () => ++calls,
    laneOf: (session) => lanes.get(session)!,
    async failSession(session, fault) {
      session.process.fail(fault);
      return session.deathError(module, await session.process.ended, "call");
    },
    emit: (event) => options.onEvent?.(event),
    async begin() {
      await supervisor.acquire();
    },
    enqueue(call, signal) {
      if (closing !== null) return Promise.reject(closedError(module));
      return queue.add(call, { signal, error: () => cancelledError(module) });
    },
    close() {
      closing ??= shutDown();
      return closing;
    },
  };
}
