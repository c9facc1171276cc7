import { checkNdArray } from "../array/nd-array.ts";
import type { Image } from "../contract/array.ts";
import type { BatchOptions, ImageSource, MapOptions, RunOptions, RunResult } from "../contract/run.ts";
import type { Worker } from "../contract/worker.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { resolveParams } from "../module/params.ts";
import { createSlotHost, type NewWorker, type WorkerParts } from "./array-host.ts";
import { prepareImage } from "./calls.ts";
import { withLife } from "./live-worker.ts";
import { mapImages } from "./map.ts";
import { performBatch } from "./perform-batch.ts";
import { type ArrayHost, type CallPlan, performCall, type RawContext } from "./perform-call.ts";
import { createRawStore } from "./raw-store.ts";

const defaultRawLimitBytes = 2 ** 30;

/** A worker whose process a connector provides: images become slots, and slots results. */
export function createWorker<P, O>(parts: WorkerParts): NewWorker<Worker<P, O>> {
  const { handle, options, loadParams, connector } = parts;
  const { manifest } = handle;
  const module = manifest.name;
  const rawStore = createRawStore<RawContext>(options.rawLimitBytes ?? defaultRawLimitBytes, (paths) => connector.discard(paths));
  const slotHost = createSlotHost(parts, () => rawStore.clear());
  const { engine } = slotHost;
  const host: ArrayHost = { ...slotHost, keepFilesIn: options.keepFilesIn, rawStore };
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

  return {
    worker: withLife(engine, parts, {
      run: run as Worker<P, O>["run"],
      runMany,
      refine,
      map: <S extends ImageSource>(sources: Iterable<S> | AsyncIterable<S>, params?: Partial<P>, mapOptions: MapOptions = {}) =>
        mapImages<P, O, S>({ run, runMany }, sources, params, mapOptions),
    }),
    begin: slotHost.begin,
  };
}

/** The parameters that gave a result, so that a chain of refinements keeps what the one before changed. */
function heldParams(result: unknown): Readonly<Record<string, unknown>> {
  const { provenance } = result as { readonly provenance?: { readonly params?: Readonly<Record<string, unknown>> } };
  return provenance?.params ?? {};
}
