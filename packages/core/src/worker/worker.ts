import { checkNdArray } from "../array/nd-array.ts";
import type { Image } from "../contract/array.ts";
import type { BatchOptions, ImageSource, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import type { StartOptions, Worker } from "../contract/worker.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { type Params, resolveParams } from "../module/params.ts";
import { prepareImage } from "./calls.ts";
import type { Connector } from "./connector.ts";
import { createEngine } from "./engine.ts";
import { createInputSlot, type InputSlot } from "./input-slot.ts";
import { mapImages } from "./map.ts";
import { findMapper } from "./mapping.ts";
import { performBatch } from "./perform-batch.ts";
import { type ArrayHost, type CallPlan, type Origin, performCall, type RawContext } from "./perform-call.ts";
import { createRawStore } from "./raw-store.ts";
import type { Session } from "./session.ts";
import { acquireArena, newSlotPrefix } from "./shared-arena.ts";

const defaultRawLimitBytes = 2 ** 30;

/** A worker without a process; the first call, or `begin`, starts one. */
export interface NewWorker<P, O> {
  readonly worker: Worker<P, O>;
  /** Starts the process and loads the model. */
  begin(): Promise<void>;
}

export interface WorkerParts {
  readonly handle: ModuleHandle;
  readonly options: StartOptions;
  /** Load parameters, camelCase, checked and with defaults. */
  readonly loadParams: Params;
  readonly connector: Connector;
  /** Of a session that is or was ready; with null, of the last one. */
  originOf(session: Session | null): Origin;
}

/** A worker whose process a connector provides: images become slots, and slots results. */
export function createWorker<P, O>({ handle, options, loadParams, connector, originOf }: WorkerParts): NewWorker<P, O> {
  const { manifest } = handle;
  const module = manifest.name;
  const { arena, release: releaseArena } = acquireArena();
  const inputPrefix = newSlotPrefix();
  const inputSlots: InputSlot[] = [];
  const rawStore = createRawStore<RawContext>(options.rawLimitBytes ?? defaultRawLimitBytes, (paths) => connector.discard(paths));
  const engine = createEngine({
    manifest,
    connector,
    startTimeoutMs: options.startTimeoutMs,
    cancelGraceMs: options.cancelGraceMs,
    onEvent: options.onEvent,
    async onClose() {
      rawStore.clear();
      await Promise.all(inputSlots.map((slot) => slot.close()));
      arena.removeSlots(inputPrefix, new Set());
      releaseArena();
    },
  });
  const host: ArrayHost = {
    engine,
    connector,
    handle,
    requestedDevice: options.device ?? "auto",
    keepFilesIn: options.keepFilesIn,
    inputSlot(index) {
      inputSlots[index] ??= createInputSlot(arena, index === 0 ? inputPrefix : `${inputPrefix}-${index}`);
      return inputSlots[index];
    },
    rawStore,
    originOf,
  };
  const enqueue = (plan: CallPlan) => engine.enqueue(() => performCall<O>(host, plan), plan.options.signal);

  function planRun(image: Image, params: Partial<P>, callOptions: RunOptions) {
    const createdAt = performance.now();
    checkNdArray(image);
    const callParams = resolveParams(manifest, params, { stages: ["network", "post"], fixed: loadParams });
    const { adapted, sent } = prepareImage(image, manifest, {
      axes: engine.acceptedAxes,
      hashInput: callOptions.hashInput ?? false,
    });
    const all = { ...loadParams, ...callParams };
    return { operation: "run" as const, image: adapted, sent, callParams, params: all, options: callOptions, createdAt };
  }
  async function run(image: Image, params: Partial<P> = {}, callOptions: RunOptions = {}): Promise<RunResult<O>> {
    return enqueue(planRun(image, params, callOptions));
  }
  async function runMany(
    images: readonly Image[],
    params: Partial<P> = {},
    callOptions: BatchOptions = {},
  ): Promise<RunResult<O>[]> {
    const [first, ...others] = images.map((image) => planRun(image, params, callOptions));
    if (first === undefined) return [];
    const results =
      others.length === 0
        ? null
        : await engine.enqueue(() => performBatch<O>(host, [first, ...others], callOptions), callOptions.signal);
    return results ?? Promise.all([first, ...others].map(enqueue));
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

  const worker: Worker<P, O> = {
    get state() {
      return engine.state;
    },
    get pid() {
      return engine.session?.process.pid || null;
    },
    get environment() {
      return originOf(engine.session).environment;
    },
    get logPath() {
      return engine.session?.process.logPath ?? null;
    },
    run: run as Worker<P, O>["run"],
    runMany,
    refine,
    map: <S extends ImageSource>(sources: Iterable<S> | AsyncIterable<S>, params?: Partial<P>, mapOptions: MapOptions = {}) =>
      mapImages<P, O, S>({ run, runMany }, sources, params, mapOptions),
    close: engine.close,
    [Symbol.asyncDispose]: engine.close,
  };
  return {
    worker,
    async begin() {
      const ready = engine.begin();
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
