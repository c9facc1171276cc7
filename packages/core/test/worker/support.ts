import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, expect } from "vitest";
import type { Image } from "../../src/contract/array.ts";
import type { Environment } from "../../src/contract/environment.ts";
import type { ParfocalEvent } from "../../src/contract/events.ts";
import type { RunResult, SegmenterOutputs } from "../../src/contract/run.ts";
import type { StartOptions, Worker } from "../../src/contract/worker.ts";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { processStart } from "../../src/environment/process-identity.ts";
import { type ErrorCode, isParfocalError, type ParfocalError } from "../../src/index.ts";
import { type ModuleHandle, moduleManifestSchema } from "../../src/module/manifest.ts";
import { readModule } from "../../src/module/read-module.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import { thresholdFolder } from "../support/threshold.ts";

export type ActsWorker = Worker<ActsParams, SegmenterOutputs>;
export type ActsResult = RunResult<SegmenterOutputs>;
export interface ActsParams {
  act: string;
  add: number;
  text: string;
  start: string;
}

const text = (stage: string, normal: string) => ({ type: "string", default: normal, stage });

/** The module around `fixtures/workers/acts`. */
export const acts: ModuleHandle = {
  folder: fileURLToPath(new URL("../fixtures/workers/acts", import.meta.url)),
  manifest: moduleManifestSchema.parse({
    manifestVersion: 1,
    name: "acts",
    version: "1.2.3",
    kind: "segmenter",
    description: "does what it is told",
    params: {
      type: "object",
      properties: {
        start: text("load", "well"),
        act: text("network", "echo"),
        text: text("network", ""),
        add: { type: "integer", default: 0, stage: "post", aliases: ["plus"] },
      },
      additionalProperties: false,
    },
    accepts: { axes: ["yx", "zyx"], dtypes: ["uint8", "uint16", "float32"] },
    outputs: { labels: { kind: "labels", description: "the image" } },
    refine: true,
    profiles: { default: { imports: ["numpy"] } },
  }),
};

/** An environment with numpy: that of the threshold module, built if need be. */
export async function numpyEnvironment(): Promise<Environment> {
  const module = await readModule(thresholdFolder);
  return ensureEnvironment(module.handle, { device: "cpu" });
}

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, last added first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parfocal-test-"));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface StartedActs {
  readonly worker: ActsWorker;
  readonly events: ParfocalEvent[];
  readonly home: string;
}

/** Starts the acts module; it is closed after the test. */
export async function startActs(options: StartOptions<ActsParams> = {}): Promise<StartedActs> {
  const events: ParfocalEvent[] = [];
  const home = options.settings?.home ?? temporaryFolder();
  const worker = await startWorkerIn<ActsParams, SegmenterOutputs>(await numpyEnvironment(), acts, {
    cancelGraceMs: 300,
    ...options,
    settings: { ...options.settings, home },
    onEvent(event) {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  afterTest(() => worker.close());
  return { worker, events, home };
}

/** A small image whose pixels count up. */
export function ramp(height = 3, width = 4): Image<"uint16"> {
  const data = Uint16Array.from({ length: height * width }, (_, index) => index);
  return { data, shape: [height, width], dtype: "uint16", axes: "yx" };
}

/** The ParfocalError that a promise rejects with; fails when it resolves or rejects with something else or another code. */
export async function failure<C extends ErrorCode>(promise: Promise<unknown>, code: C): Promise<ParfocalError<C>> {
  const outcome = await promise.then(
    () => "it resolved",
    (error: unknown) => error,
  );
  if (isParfocalError(outcome, code)) return outcome;
  throw outcome instanceof Error ? outcome : new Error(String(outcome));
}

/** Resolves with the first progress of a call that then goes on. */
export function firstProgress(): { readonly onProgress: () => void; readonly seen: Promise<void> } {
  let onProgress = () => {};
  const seen = new Promise<void>((resolve) => {
    onProgress = resolve;
  });
  return { onProgress, seen };
}

export const isAlive = (pid: number): boolean => processStart(pid) !== null;

/** Waits for something that no event tells: the end of a process that is not our child. */
export async function until(what: string, condition: () => boolean, deadlineMs = 20_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(5);
  }
}

/** The worker answers as it should. */
export async function expectWorks(worker: ActsWorker): Promise<ActsResult> {
  const result = await worker.run(ramp(), { add: 1 });
  expect([...result.labels.data]).toEqual([...ramp().data].map((value) => value + 1));
  return result;
}

/** A file system of a few MB in memory; null where this user may not mount one. */
export function mountSmall(megabytes: number): string | null {
  const folder = temporaryFolder();
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", folder], { stdio: "ignore" });
  } catch {
    return null;
  }
  afterTest(() => execFileSync("umount", ["--lazy", folder]));
  return folder;
}

/** Sets a variable of the environment until the test is over. */
export function setVariable(name: string, value: string): void {
  const before = process.env[name];
  process.env[name] = value;
  afterTest(() => {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });
}

export const noMount = "no small file system can be mounted here";
