import type { RunProgress } from "../contract/run.ts";
import type { StartOptions, WorkerState } from "../contract/worker.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { beginOrClose } from "./begin-or-close.ts";
import { createEngine } from "./engine.ts";
import { exchange, openCall, refsOf } from "./exchange.ts";
import type { CallMessage, ReadyMessage, ReplyMessage } from "./messages.ts";
import type { Origin } from "./perform-call.ts";
import { originOf, planAndBuild, setUpWorker } from "./set-up-worker.ts";
import { createSpawnConnector } from "./spawn-connector.ts";

/** A call as somebody else's host wrote it, without what belongs to one process. */
export type RelayCall = CallMessage extends infer M
  ? M extends CallMessage
    ? Omit<M, "id" | "free" | "timeoutMs">
    : never
  : never;

export interface RelayOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  readonly cancelGraceMs?: number | undefined;
  readonly onProgress?: (progress: RunProgress) => void;
}

export interface RelayReply {
  /** Its slots are kept until they are given to `discard`. */
  readonly result: ReplyMessage;
  /** How long the call waited for a process, milliseconds. */
  readonly loadMs: number;
}

/** A warm worker for calls of other processes: it passes on names of slots and never looks into one. */
export interface Relay {
  readonly state: WorkerState;
  readonly pid: number | null;
  readonly logPath: string | null;
  readonly origin: Origin;
  /** What the process said of itself when it was ready last. */
  readonly ready: ReadyMessage;
  /**
   * Sends a call when its turn comes.
   * @throws ParfocalError as a worker's `run`.
   */
  call(call: RelayCall, options?: RelayOptions): Promise<RelayReply>;
  /** Slots of results that nobody needs any more; also after `close`. */
  discard(paths: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * As `startWorker`, for a host that serves others.
 *
 * @throws ParfocalError what {@link startWorker} throws.
 */
export async function startRelay(handle: ModuleHandle, options: StartOptions = {}): Promise<Relay> {
  const { plan, environment } = await planAndBuild(handle, options);
  const { setup, release } = await setUpWorker(environment, handle, plan, options);
  const spawner = createSpawnConnector(setup, release);
  let lastReady: ReadyMessage | null = null;
  const connector: typeof spawner = {
    ...spawner,
    onReady(lane, ready) {
      lastReady = ready;
      spawner.onReady(lane, ready);
    },
  };
  const { startTimeoutMs, cancelGraceMs, onEvent } = options;
  const engine = createEngine({ manifest: handle.manifest, connector, startTimeoutMs, cancelGraceMs, onEvent });

  async function perform(call: RelayCall, callOptions: RelayOptions): Promise<RelayReply> {
    const { id, lane, loadMs } = await openCall(engine, callOptions.signal);
    const result = await exchange(engine, lane, { ...call, id, free: lane.takeFree() }, callOptions);
    engine.supervisor.succeeded();
    connector.keep(refsOf(result).map(({ path }) => path));
    return { result, loadMs };
  }
  await beginOrClose(handle.manifest.name, engine, engine.begin, options.signal);
  return {
    get state() {
      return engine.state;
    },
    get pid() {
      return engine.session?.process.pid || null;
    },
    get logPath() {
      return engine.session?.process.logPath ?? null;
    },
    origin: originOf(setup),
    get ready() {
      return lastReady!;
    },
    call: (call, callOptions = {}) => engine.enqueue(() => perform(call, callOptions), callOptions.signal),
    discard: (paths) => connector.discard(paths),
    close: engine.close,
  };
}
