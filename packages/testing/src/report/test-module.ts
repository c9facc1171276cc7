/**
 * What `parfocal test` does: runs a module on this machine and says what came of it. Nothing here needs vitest.
 *
 * @module
 */
import { cpus, release, type as systemName, totalmem } from "node:os";
import {
  ensureEnvironmentFor,
  type Image,
  type Module,
  matchLabels,
  type OnEvent,
  type RunResult,
  resolveParams,
  type Settings,
  sampleFiles,
  splitParams,
  toParfocalError,
  type Worker,
} from "@parfocal/core";
import { readImage } from "@parfocal/io";
import { drawDiscs, hashLabels } from "../images.ts";
import { describeArray, formatBytes, formatMs } from "./format.ts";
import { probeGpu } from "./probe-gpu.ts";
import { CheckFailure, CheckSkipped, type ModuleReport, type ReportLine } from "./report.ts";

export interface TestModuleOptions {
  /** Parameters of any stage, for example the path of a weight file; they win over the sample's. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Default "auto". */
  readonly device?: string;
  readonly settings?: Partial<Settings>;
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
  /** Told of each line as soon as it is known. */
  readonly onLine?: (line: ReportLine) => void;
}

/**
 * Runs a module on this machine, on its own sample (else on drawn discs), and says what came of it. It builds the environment where need be.
 *
 * @throws ParfocalError PARAMS_INVALID for wrong parameters, CANCELLED; all else is in the report.
 */
export async function testModule(module: Module, options: TestModuleOptions = {}): Promise<ModuleReport> {
  const { manifest, handle } = module;
  const { sample } = manifest;
  const given = { ...sample?.params, ...options.params };
  resolveParams(manifest, given);
  const { load, call } = splitParams(manifest, given);
  const start = {
    params: load,
    device: options.device ?? "auto",
    ...(options.settings && { settings: options.settings }),
    ...(options.signal && { signal: options.signal }),
  };
  const lines: ReportLine[] = [];
  const timings: { startMs: number | null; firstRunMs: number | null; warmRunMs: number | null } = {
    startMs: null,
    firstRunMs: null,
    warmRunMs: null,
  };
  let broken = false;

  /** One line; once something that all others need has failed, they are not tried. */
  async function check(name: string, isNeeded: boolean, body: () => Promise<string>): Promise<void> {
    let line: ReportLine;
    try {
      if (broken) throw new CheckSkipped("not tried, since something before it failed");
      line = { name, status: "pass", text: await body() };
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof CheckSkipped) line = { name, status: "skip", text: error.message };
      else if (error instanceof CheckFailure) line = { name, status: "fail", text: error.message };
      else {
        const { code, message, hint } = toParfocalError(error);
        line = { name, status: "fail", text: `${code}: ${message.split("\n")[0]}; ${hint}` };
      }
      broken ||= line.status === "fail" && isNeeded;
    }
    lines.push(line);
    options.onLine?.(line);
  }

  let worker: Worker | undefined;
  let image!: Image;
  let truth: Image | null = null;
  let result!: RunResult;
  const running = (): Worker => worker!;
  try {
    await check("environment", true, async () => {
      let built: number | null = null;
      const environment = await ensureEnvironmentFor(handle, {
        ...start,
        onEvent: (event) => {
          if (event.type === "env-build-end") built = event.elapsedMs;
          options.onEvent?.(event);
        },
      });
      const { accelerator, profile, python, lockSha256, bytes } = environment.stamp;
      const how = built === null ? "ready before" : `built in ${formatMs(built)}`;
      const which = profile === "default" ? accelerator : `${profile}, ${accelerator}`;
      return `${which}, Python ${python.version}, ${formatBytes(bytes)}, ${how}, lock ${lockSha256.slice(0, 12)}`;
    });
    await check("worker", true, async () => {
      const began = performance.now();
      worker = await module.start({ ...start, ...(options.onEvent && { onEvent: options.onEvent }) });
      timings.startMs = performance.now() - began;
      const files = sampleFiles(handle, worker.environment);
      image = files ? await readImage(files.image, { axes: sample!.axes }) : drawDiscs({ axes: manifest.accepts.axes[0]! });
      truth = files?.truth ? await readImage(files.truth) : null;
      return `ready in ${formatMs(timings.startMs)}: imports, model and device (${worker.environment.choice.reason})`;
    });
    await check("run", true, async () => {
      result = await running().run(image, call, { keepRaw: manifest.refine });
      timings.firstRunMs = result.timing.totalMs;
      const objects = new Set<number>(result.labels.data);
      objects.delete(0);
      const what = sample === undefined ? "drawn discs" : "sample";
      return `${what} ${describeArray(image)} in, ${describeArray(result.labels)} out, ${objects.size} objects`;
    });
    await check("GPU", false, () => probeGpu(running().environment, result.device.used, options.settings));
    await check("labels", false, async () => checkLabels(image, result));
    await check("score", false, async () => {
      const score = sample?.score;
      if (truth === null || score === undefined) throw new CheckSkipped("the module states none");
      const { f1 } = matchLabels(truth, result.labels, score.iou);
      const text = `F1 ${f1.toFixed(3)} at IoU ${score.iou}, at least ${score.f1} is stated`;
      if (f1 < score.f1) throw new CheckFailure(`${text}; compare the weights and the environment with another machine's`);
      return text;
    });
    await check("repeat", false, async () => {
      const again = await running().run(image, call);
      timings.warmRunMs = again.timing.totalMs;
      if (hashLabels(again.labels) !== hashLabels(result.labels)) throw new CheckFailure("two runs gave different labels");
      return "two runs gave the same labels";
    });
    await check("refine", false, async () => {
      if (!manifest.refine) throw new CheckSkipped("the module has none");
      const refined = await running().refine(result);
      if (hashLabels(refined.labels) !== hashLabels(result.labels)) {
        throw new CheckFailure("labels found anew in the kept network output differ from those of the run");
      }
      return `the same labels in ${formatMs(refined.timing.totalMs)}`;
    });
    await check("cancel", false, async () => {
      const controller = new AbortController();
      const stopped = running()
        .run(image, call, { signal: controller.signal })
        .then(() => null, toParfocalError);
      controller.abort();
      const error = await stopped;
      if (error?.code !== "CANCELLED") throw new CheckFailure(`a cancelled call ended with ${error?.code ?? "a result"}`);
      const next = await running().run(image, call);
      if (hashLabels(next.labels) !== hashLabels(result.labels)) throw new CheckFailure("the call after it gave other labels");
      return "a cancelled call ended, and the next one worked";
    });
  } finally {
    await worker?.close();
  }
  return {
    module: module.name,
    version: module.version,
    date: new Date().toISOString(),
    machine: {
      system: `${systemName()} ${release()} ${process.arch}`,
      processor: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryBytes: totalmem(),
      node: process.versions.node,
    },
    lines,
    timings,
    passed: lines.every(({ status }) => status !== "fail"),
  };
}

async function checkLabels(image: Image, { labels }: RunResult): Promise<string> {
  const spatial = image.shape.filter((_, index) => /[zyx]/.test(image.axes[index]!));
  if (labels.dtype !== "int32") throw new CheckFailure(`labels are ${labels.dtype}, not int32`);
  if (labels.shape.join() !== spatial.join()) {
    throw new CheckFailure(`labels are ${labels.shape.join(" x ")}, the image is ${spatial.join(" x ")}`);
  }
  const ids = new Set<number>(labels.data);
  ids.delete(0);
  const largest = [...ids].reduce((most, id) => Math.max(most, id), 0);
  if (largest !== ids.size) throw new CheckFailure(`${ids.size} objects are numbered up to ${largest}`);
  return ids.size === 0 ? "int32, no object" : `int32, numbered 1 to ${largest} without gaps`;
}
