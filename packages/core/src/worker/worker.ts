import { basename } from "node:path";
import { checkNdArray } from "../array/nd-array.ts";
import type { Image } from "../contract/array.ts";
import type { ImageSource, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import type { Worker } from "../contract/worker.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { resolveParams } from "../module/params.ts";
import { unlinkQuietly } from "./arena.ts";
import { createCallQueue } from "./call-queue.ts";
import { prepareImage } from "./calls.ts";
import { cancelledError, closedError, deathError } from "./errors.ts";
import type { CallHost } from "./host.ts";
import { createInputSlot } from "./input-slot.ts";
import { createLane, type Lane } from "./lane.ts";
import { launchSession, type WorkerSetup } from "./launch.ts";
import { mapImages } from "./map.ts";
import { findMapper } from "./mapping.ts";
import { type CallPlan, performCall, type RawContext } from "./perform-call.ts";
import { createRawStore } from "./raw-store.ts";
import type { Session } from "./session.ts";
import { acquireArena, newSlotPrefix } from "./shared-arena.ts";
import { createSupervisor } from "./supervisor.ts";

const defaults = { startTimeoutMs: 300_000, cancelGraceMs: 2_000, rawLimitBytes: 2 ** 30 };

/** A worker without a process; the first call, or `begin`, starts one. */
export interface NewWorker<P, O> {
  readonly worker: Worker<P, O>;
  /** Starts the process and loads the model. */
  begin(): Promise<void>;
}

export function createWorker<P, O>(setup: WorkerSetup, onClosed: () => void): NewWorker<P, O> {
  const { environment, handle, options, plan: load } = setup;
  const loadParams = load.params;
  const { manifest } = handle;
  const module = manifest.name;
  const { arena, release: releaseArena } = acquireArena();
  const slotPrefix = newSlotPrefix();
  const queue = createCallQueue();
  const lanes = new Map<Session, Lane>();
  const cancelGraceMs = options.cancelGraceMs ?? defaults.cancelGraceMs;
  let processes = 0;
  let calls = 0;
  let acceptedAxes: readonly string[] | null = null;
  let closing: Promise<void> | null = null;

  const inputSlot = createInputSlot(arena, slotPrefix);
  const rawStore = createRawStore<RawContext>(options.rawLimitBytes ?? defaults.rawLimitBytes, (paths) => {
    for (const lane of lanes.values()) lane.release(paths);
    const isOwned = (path: string) => [...lanes.values()].some(({ prefix }) => basename(path).startsWith(`${prefix}-`));
    for (const path of paths) if (!isOwned(path)) unlinkQuietly(path);
  });
  const supervisor = createSupervisor({
    module,
    startTimeoutMs: options.startTimeoutMs ?? defaults.startTimeoutMs,
    closeGraceMs: cancelGraceMs,
    start() {
      processes += 1;
      const prefix = `${slotPrefix}p${processes}`;
      const session = launchSession(setup, { folder: arena.folder, fallback: arena.fallback, prefix });
      lanes.set(session, createLane(session, prefix, arena));
      return session;
    },
    onReady({ process }, { device, axes, importMs, loadMs }) {
      acceptedAxes = axes;
      options.onEvent?.({ type: "worker-ready", module, pid: process.pid, device, loadMs: importMs + loadMs });
    },
    onEnd(session, _end, reason) {
      const lane = lanes.get(session);
      lanes.delete(session);
      lane?.close();
      if (lane !== undefined) arena.removeSlots(lane.prefix, rawStore.paths());
      options.onEvent?.({ type: "worker-end", module, pid: session.process.pid, reason });
    },
  });
  const host: CallHost = {
    module,
    handle,
    environment,
    weights: [...load.files, ...setup.weights].map(({ set, name, sha256 }) => ({ name: set, file: name, sha256 })),
    requestedDevice: options.device ?? "auto",
    cancelGraceMs,
    keepFilesIn: options.keepFilesIn,
    supervisor,
    inputSlot,
    rawStore,
    isClosing: () => closing !== null,
    nextId: () => ++calls,
    laneOf: (session) => lanes.get(session)!,
    async failSession(session, fault) {
      session.process.fail(fault);
      return deathError(module, await session.process.ended, "call");
    },
    emit: (event) => options.onEvent?.(event),
  };

  function enqueue(plan: CallPlan): Promise<RunResult<O>> {
    if (closing !== null) return Promise.reject(closedError(module));
    const abandon = { signal: plan.options.signal, error: () => cancelledError(module) };
    return queue.add(() => performCall<O>(host, plan), abandon);
  }

  async function run(image: Image, params: Partial<P> = {}, callOptions: RunOptions = {}): Promise<RunResult<O>> {
    const createdAt = performance.now();
    checkNdArray(image);
    const callParams = resolveParams(manifest, params, { stages: ["network", "post"], fixed: loadParams });
    const { adapted, sent } = prepareImage(image, manifest, { axes: acceptedAxes, hashInput: callOptions.hashInput ?? false });
    const all = { ...loadParams, ...callParams };
    return enqueue({ operation: "run", image: adapted, sent, callParams, params: all, options: callOptions, createdAt });
  }

  async function refine(result: RunResult<O>, params: Partial<P> = {}, callOptions: RunOptions = {}): Promise<RunResult<O>> {
    const createdAt = performance.now();
    if (!manifest.refine) {
      throw new ParfocalError("NOT_SUPPORTED", `${module} has no refine`, { hint: "use run with the new parameters" });
    }
    const raw = result.raw === undefined ? undefined : rawStore.get(result.raw.id);
    if (raw === undefined) {
      const why = result.raw === undefined ? "the run did not keep its raw output" : "the raw output of this run is gone";
      throw new ParfocalError("RAW_EXPIRED", `${module}: ${why}`, {
        hint: result.raw === undefined ? "run with keepRaw: true first" : "run again with keepRaw: true, or raise rawLimitBytes",
      });
    }
    const held = { ...raw.context.params, ...heldParams(result) };
    const post = resolveParams(manifest, params, { stages: ["post"], fixed: held });
    const all = { ...held, ...post };
    const callParams = Object.fromEntries(Object.entries(all).filter(([name]) => !(name in loadParams)));
    return enqueue({
      operation: "refine",
      raw,
      sent: raw.context.sent,
      callParams,
      params: all,
      options: callOptions,
      createdAt,
    });
  }

  const close = () => {
    closing ??= shutDown();
    return closing;
  };
  async function shutDown(): Promise<void> {
    const busy = queue.size > 0;
    queue.clear(() => closedError(module));
    await Promise.resolve(); // so that `closing` is set before anything ends
    await supervisor.close(busy);
    rawStore.clear();
    await inputSlot.close();
    arena.removeSlots(slotPrefix, new Set());
    releaseArena();
    onClosed();
  }

  const worker: Worker<P, O> = {
    get state() {
      return supervisor.state === "ready" && queue.size > 0 ? "busy" : supervisor.state;
    },
    get pid() {
      return supervisor.session?.process.pid || null;
    },
    environment,
    get logPath() {
      return supervisor.session?.process.log?.path ?? null;
    },
    run: run as Worker<P, O>["run"],
    refine,
    map: <S extends ImageSource>(sources: Iterable<S> | AsyncIterable<S>, params?: Partial<P>, mapOptions: MapOptions = {}) =>
      mapImages<P, O, S>(run, sources, params, mapOptions),
    close,
    [Symbol.asyncDispose]: close,
  };
  return {
    worker,
    async begin() {
      const ready = supervisor.acquire();
      setImmediate(findMapper); // takes some milliseconds, in which Python starts anyway
      await ready;
    },
  };
}

/** The parameters that gave a result, so that a chain of refinements keeps what the one before changed. */
function heldParams(result: unknown): Readonly<Record<string, unknown>> {
  const { provenance } = result as { readonly provenance?: { readonly params?: Readonly<Record<string, unknown>> } };
  return provenance?.params ?? {};
}
