import { setImmediate } from "node:timers/promises";
import {
  checkImage,
  findDaemon,
  findEnvironment,
  type Module,
  type OnEvent,
  type Params,
  ParfocalError,
  type RunProgress,
  type RunResult,
  readSettings,
  splitParams,
  toParfocalError,
  type Worker,
} from "@parfocal/core";
import type { PreparedOverlay, ReadImage, ReadPartOptions } from "@parfocal/io";
import type { MicroscopeReaders } from "../inputs/microscope-readers.ts";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import { createMeasurerStarter } from "../measure/measurer-starter.ts";
import type { Outcome, Success } from "./outcome.ts";
import { type DaemonUse, isDaemonGone, startWorker } from "./start-worker.ts";

export interface BatchItem {
  readonly path: string;
  readonly outputs: OutputPlan;
  /** True: a small copy of its overlay is wanted. */
  readonly thumbnail?: boolean;
}

export interface BatchOptions {
  readonly module: Module;
  readonly params: Params;
  readonly device: string;
  /** What to read of each image. */
  readonly reading: ReadPartOptions;
  /** Readers of formats that this command does not know by itself. */
  readonly microscopes: MicroscopeReaders;
  readonly timeoutMs: number | undefined;
  readonly offline: boolean;
  readonly keepFilesIn: string | undefined;
  readonly daemon: DaemonUse;
  /** The working folder. */
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly onEvent: OnEvent;
  /** Called when Python starts on an item. */
  readonly onItem: (index: number) => void;
  readonly onProgress: (index: number, progress: RunProgress) => void;
}

/** An image that was read, or why it could not be; never a rejected promise, since it is awaited later. */
type ReadAhead = Promise<{ readonly image: ReadImage; readonly error?: undefined } | { readonly error: ParfocalError }>;

const cancelled = (): ParfocalError =>
  new ParfocalError("CANCELLED", "interrupted", { hint: "run the same command again; finished results are complete" });

/** Reads an image and refuses one that the module cannot take, before Python is asked. */
async function readItem(path: string, { module, reading, microscopes }: BatchOptions): ReadAhead {
  try {
    const { isImageName, readImage } = await import("@parfocal/io");
    const readers = isImageName(path) ? null : await microscopes.load();
    const image = await readImage(path, { ...reading, ...(readers !== null && { readers }) });
    checkImage(image, module.manifest);
    return { image };
  } catch (error) {
    return { error: toParfocalError(error) };
  }
}

/** Larger images would hold up everything else for too long. */
const largestAhead = 2 ** 24;

/** Does what can be done of the overlay while the model computes. Null when it is left for later. */
async function prepareAhead({ outputs }: BatchItem, image: ReadImage): Promise<PreparedOverlay | null> {
  if (outputs.overlay === null || image.data.length > largestAhead) return null;
  await setImmediate(); // the image is sent first
  const { prepareOverlay } = await import("@parfocal/io");
  try {
    return prepareOverlay(image);
  } catch {
    return null; // said when it is written
  }
}

/** A worker that is started at most once; whoever needs it awaits it. */
interface Starter {
  start(): Promise<Worker>;
  /** From here on, a worker of this process: the daemon is gone. */
  leaveDaemon(): Promise<void>;
  /** Resolves when Python runs, or never will. */
  readonly spawned: Promise<void>;
  close(): Promise<void>;
}

function createStarter(options: BatchOptions): Starter {
  const { module, params, device, offline, signal, onEvent, keepFilesIn } = options;
  const stop = new AbortController();
  let tellSpawned = (): void => undefined;
  const spawned = new Promise<void>((resolve) => {
    tellSpawned = resolve;
  });
  let starting: Promise<Worker> | null = null;
  let daemon = options.daemon;
  return {
    spawned,
    async leaveDaemon() {
      daemon = "never";
      const lost = await starting;
      starting = null;
      await lost?.close();
    },
    start() {
      if (starting === null) {
        starting = startWorker(
          module,
          { daemon, cwd: options.cwd },
          {
            params: splitParams(module.manifest, params).load,
            device,
            signal: AbortSignal.any([signal, stop.signal]),
            onEvent(event) {
              if (event.type === "worker-start") tellSpawned();
              onEvent(event);
            },
            ...(offline && { settings: { offline } }),
            ...(keepFilesIn !== undefined && { keepFilesIn }),
          },
        );
        starting.then(tellSpawned, tellSpawned);
      }
      return starting;
    },
    async close() {
      if (starting === null) return;
      stop.abort();
      const worker = await starting.catch(() => null);
      await worker?.close();
    },
  };
}

/**
 * Segments images one after another with one worker. Python starts while the first image is read, the next image is read and the last
 * results are written while one is computed. A failure concerns its own image only, except one of the worker's start, which all of the
 * rest share.
 *
 * @param report called once for each item, in order, as soon as its results are on disk
 * @throws ParfocalError CANCELLED when the signal fires; what was being written by then is complete
 */
export async function runBatch(
  items: readonly BatchItem[],
  options: BatchOptions,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const { module, signal } = options;
  const starter = createStarter(options);
  const measurer = createMeasurerStarter(options);
  const read = (index: number): ReadAhead | null => {
    const item = items[index];
    return item === undefined ? null : readItem(item.path, options);
  };
  let writing = Promise.resolve();
  try {
    // an environment is not built for images that cannot be read; where one is there, Python starts before anything else is even
    // loaded, since that takes longest; what a module prepares may take a download, which waits for an image, too
    const settings = readSettings(options.offline ? { offline: true } : {});
    const viaDaemon = options.daemon !== "never" && findDaemon(settings) !== null;
    let next = viaDaemon ? read(0) : null;
    const ready = module.manifest.prepares ? null : await findEnvironment(module.handle, { device: options.device, settings });
    if (ready !== null) {
      void starter.start();
      if (!viaDaemon) await starter.spawned;
    }
    next ??= read(0);
    void import("./save-results.ts");
    for (const [index, item] of items.entries()) {
      const source = await next!;
      next = read(index + 1);
      const finish = source.error ? fail(item, source.error) : await compute(item, index, source.image);
      await writing;
      writing = finish().then(report);
    }
  } finally {
    await Promise.all([writing, starter.close()]);
    await measurer.close();
  }

  function fail(item: BatchItem, error: unknown): () => Promise<Outcome> {
    return async () => ({ input: item.path, error: toParfocalError(error) });
  }

  async function compute(item: BatchItem, index: number, image: ReadImage): Promise<() => Promise<Outcome>> {
    const startedMs = performance.now();
    try {
      options.onItem(index);
      if (item.outputs.csv || item.outputs.parquet) void measurer.start().catch(() => {});
      const first = await starter.start();
      const startMs = performance.now() - startedMs;
      const { timeoutMs } = options;
      const run = (worker: Worker) =>
        worker.run(image, splitParams(module.manifest, options.params).call, {
          signal,
          hashInput: true,
          onProgress: (progress) => options.onProgress(index, progress),
          ...(timeoutMs !== undefined && { timeoutMs }),
        });
      const running = run(first);
      running.catch(() => {}); // awaited below
      const prepared = await prepareAhead(item, image);
      const result = await running.catch(async (error: unknown) => {
        if (!isDaemonGone(error)) throw error;
        await starter.leaveDaemon();
        return run(await starter.start());
      });
      const elapsedMs = performance.now() - startedMs;
      return () => save(item, image, result, prepared, { startMs, elapsedMs });
    } catch (error) {
      if (signal.aborted) throw cancelled();
      return fail(item, error);
    }
  }

  async function save(
    item: BatchItem,
    image: ReadImage,
    result: RunResult,
    prepared: PreparedOverlay | null,
    times: Pick<Success, "startMs" | "elapsedMs">,
  ): Promise<Outcome> {
    try {
      const { saveResults } = await import("./save-results.ts");
      const { start: startMeasurer } = measurer;
      const saved = await saveResults(item.path, item.outputs, image, result, {
        prepared,
        startMeasurer,
        thumbnail: item.thumbnail ?? false,
      });
      const { shape, axes, notes } = image;
      const { warnings, ...rest } = saved;
      return { input: item.path, ...rest, result: { ...result, warnings }, notes, shape, axes, ...times };
    } catch (error) {
      return { input: item.path, error: toParfocalError(error) };
    }
  }
}
