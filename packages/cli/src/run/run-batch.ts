import { stat } from "node:fs/promises";
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
import { readInput } from "../inputs/read-input.ts";
import { createMeasurerStarter } from "../measure/measurer-starter.ts";
import type { FindDone } from "./find-done.ts";
import type { Outcome, Success } from "./outcome.ts";
import { type DaemonUse, isDaemonGone } from "./start-worker.ts";
import { createWorkerStarter } from "./worker-starter.ts";

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
  /** Looks whether an item was done before; without it all are done. */
  readonly findDone?: FindDone;
}

const cancelled = (): ParfocalError =>
  new ParfocalError("CANCELLED", "interrupted", { hint: "run the same command again; finished results are complete" });

const notBegun = (cause: unknown): ParfocalError =>
  new ParfocalError("OUTPUT_UNWRITABLE", "not begun: there is no room left for results", {
    hint: "free some space, then run the same command with --resume",
    cause,
  });

/** True when nothing more can be written, whatever the image. */
function isDiskFull(error: unknown): boolean {
  const { code, cause } = error as { code?: string; cause?: NodeJS.ErrnoException };
  return code === "OUTPUT_UNWRITABLE" && (cause?.code === "ENOSPC" || cause?.code === "EDQUOT");
}

/** Reads an image and refuses one that the module cannot take, before Python is asked. */
async function readItem(path: string, { module, reading, microscopes }: BatchOptions): Promise<ReadImage> {
  const image = await readInput(path, reading, microscopes);
  checkImage(image, module.manifest);
  return image;
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

/** What a worker made of an image. */
interface Computed {
  readonly result: RunResult;
  readonly prepared: PreparedOverlay | null;
  readonly times: Pick<Success, "startMs" | "elapsedMs">;
}

/** Images in work at the same time: being read, computed, or written. */
const mostInWork = 6;
/** Images that are with the worker: one is computed, the next one lies ready. */
const mostWithWorker = 2;
/** Bytes of images and labels in work beyond which no other image is begun. One alone may be larger. */
const mostBytesInWork = 2 ** 28;
const bytesOfLabel = 4;

/**
 * Segments images with one worker. Python starts while the first image is read; others are read and results are written while one is
 * computed. How many are in work is limited by number and by bytes, whatever the length of the batch. A failure concerns its own image
 * only, except one of the worker's start, which all of the rest share, and a full disk, after which none is begun.
 *
 * @param report called once for each item, in order, as soon as its results are on disk; awaited before the next
 * @throws ParfocalError CANCELLED when the signal fires; what was being written by then is complete
 */
export async function runBatch(
  items: readonly BatchItem[],
  options: BatchOptions,
  report: (outcome: Outcome) => void | Promise<void>,
): Promise<void> {
  const { module, signal, findDone } = options;
  const starter = createWorkerStarter(options);
  const measurer = createMeasurerStarter(options);
  const inWork = new Map<number, Promise<void>>();
  const withWorker = new Set<Promise<unknown>>();
  let bytesInWork = 0;
  let sent: Promise<unknown> = Promise.resolve();
  let reported: Promise<unknown> = Promise.resolve();
  let wasCancelled = false;
  let full: ParfocalError | null = null;
  try {
    // an environment is not built for images that cannot be read; where one is there, Python starts before anything else is even
    // loaded, since that takes longest; what a module prepares may take a download, which waits for an image, too; and where results
    // are looked for first, Python may not be needed at all
    const settings = readSettings(options.offline ? { offline: true } : {});
    const viaDaemon = options.daemon !== "never" && findDaemon(settings) !== null;
    const isLazy = module.manifest.prepares || findDone !== undefined;
    const ready = isLazy ? null : await findEnvironment(module.handle, { device: options.device, settings });
    // through the daemon, reading is what takes longest
    if (viaDaemon && items[0] !== undefined) await begin(items[0], 0);
    if (ready !== null) {
      void starter.start();
      if (!viaDaemon) await starter.spawned;
    }
    void import("./save-results.ts");
    for (const [index, item] of items.entries()) {
      if (index === 0 && viaDaemon) continue;
      while (inWork.size >= mostInWork || (inWork.size > 0 && bytesInWork >= mostBytesInWork))
        await Promise.race(inWork.values());
      if (signal.aborted) break;
      await begin(item, index);
    }
    await Promise.all(inWork.values());
  } finally {
    await Promise.all([...inWork.values(), starter.close()]);
    await measurer.close();
  }
  if (wasCancelled || signal.aborted) throw cancelled();

  /** Resolves when the item is in work, with the bytes that it will hold at least. */
  async function begin(item: BatchItem, index: number): Promise<void> {
    const fileBytes =
      items.length > 1
        ? await stat(item.path).then(
            ({ size }) => size,
            () => 0,
          )
        : 0;
    let held = 0;
    const hold = (bytes: number): void => {
      bytesInWork += bytes - held;
      held = bytes;
    };
    hold(fileBytes);
    const earlier = reported;
    const work = processItem(item, index, hold).catch((error: unknown) => {
      if (isDiskFull(error)) full ??= notBegun(error);
      return { input: item.path, run: item.outputs.run, error: toParfocalError(error) };
    });
    const ended = work.then(async (outcome) => {
      hold(0);
      await earlier;
      if (outcome.error !== undefined && signal.aborted) wasCancelled = true;
      else await report(outcome);
    });
    reported = ended.catch(() => {});
    inWork.set(
      index,
      ended.finally(() => inWork.delete(index)),
    );
  }

  async function processItem(item: BatchItem, index: number, hold: (bytes: number) => void): Promise<Outcome> {
    const before = sent;
    let tellSent = (): void => undefined;
    sent = new Promise<void>((resolve) => {
      tellSent = resolve;
    });
    let computing: Promise<Computed>;
    let image: ReadImage;
    let why: string | undefined;
    try {
      if (full !== null) throw full;
      const judge = await findDone?.(item);
      image = await readItem(item.path, options);
      hold(image.data.byteLength + bytesOfLabel * image.data.length);
      const verdict = judge?.(image);
      if (verdict?.objects !== undefined)
        return { input: item.path, outputs: item.outputs, skipped: verdict.objects, warnings: verdict.warnings };
      why = verdict?.why;
      await before;
      while (withWorker.size >= mostWithWorker) await Promise.race(withWorker).catch(() => {});
      if (signal.aborted) throw cancelled();
      if (full !== null) throw full;
      computing = compute(item, index, image);
      const leave = (): boolean => withWorker.delete(computing);
      withWorker.add(computing);
      computing.then(leave, leave);
    } finally {
      // an image that is never sent lets the next one pass, in order
      void before.then(tellSent);
    }
    return save(item, image, await computing, why);
  }

  async function compute(item: BatchItem, index: number, image: ReadImage): Promise<Computed> {
    const startedMs = performance.now();
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
      await starter.leaveDaemon(first);
      return run(await starter.start());
    });
    return { result, prepared, times: { startMs, elapsedMs: performance.now() - startedMs } };
  }

  async function save(
    item: BatchItem,
    image: ReadImage,
    { result, prepared, times }: Computed,
    why: string | undefined,
  ): Promise<Outcome> {
    const { saveResults } = await import("./save-results.ts");
    const { start: startMeasurer } = measurer;
    const thumbnail = item.thumbnail ?? false;
    const saved = await saveResults(item.path, item.outputs, image, result, { prepared, startMeasurer, thumbnail });
    const { shape, axes } = image;
    const notes = [...image.notes, ...(why === undefined ? [] : [`done again: ${why}`])];
    const { warnings, ...rest } = saved;
    return { input: item.path, ...rest, result: { ...result, warnings }, notes, shape, axes, ...times };
  }
}
