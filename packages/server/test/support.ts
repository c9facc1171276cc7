import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  connectWorker,
  type DaemonState,
  type ErrorCode,
  ensureEnvironment,
  type Image,
  isParfocalError,
  type Module,
  type ParfocalError,
  readModule,
  readSettings,
  type Settings,
  type StartOptions,
  type Worker,
} from "@parfocal/core";
import { processStart } from "@parfocal/core/serve";
import { afterEach } from "vitest";
import { startDaemon, stopDaemon } from "../src/index.ts";

if (!existsSync(new URL("../dist/main.js", import.meta.url))) throw new Error("build first: `pnpm run build`");

export const thresholdFolder = fileURLToPath(new URL("../../../modules/threshold", import.meta.url));
export const modulesHere = fileURLToPath(new URL("../", import.meta.url));

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, last added first. */
export function afterTest(cleanup: () => unknown): void {
  cleanups.push(cleanup);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parfocal server ü "));
  afterTest(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A home of its own, so that nobody's daemon is met, with the environments of the real one; it goes away after the test. */
export function temporaryHome(): string {
  return fillHome(temporaryFolder());
}

/** As {@link temporaryHome}; whoever makes it removes it. */
export function makeHome(): string {
  return fillHome(mkdtempSync(join(tmpdir(), "parfocal server ü ")));
}

function fillHome(home: string): string {
  const { home: real } = readSettings();
  mkdirSync(join(real, "e"), { recursive: true });
  symlinkSync(join(real, "e"), join(home, "e"));
  return home;
}

export interface TestDaemon {
  readonly home: string;
  readonly settings: Partial<Settings>;
  readonly daemon: DaemonState;
  log(): string;
}

/** Starts a daemon as a process of its own; it is ended after the test. */
export async function startTestDaemon(settings: Partial<Settings> = {}): Promise<TestDaemon> {
  const home = settings.home ?? temporaryHome();
  const { daemon } = await startDaemon({ settings: { home }, moduleStarts: [modulesHere] });
  afterTest(() => stopDaemon({ now: true, settings: { home } }));
  return { home, settings: { home }, daemon, log: () => readFileSync(daemon.logPath, "utf8") };
}

export interface ActsParams {
  act: string;
  add: number;
  start: string;
}

/** A module around `fixtures/worker.py` in a folder of its own, in threshold's environment, which is built if need be. */
export async function writeActs(): Promise<
  Module<ActsParams> & { readonly folder: string; edit(change: (text: string) => string): void }
> {
  const given = await readModule(thresholdFolder);
  await ensureEnvironment(given.handle, { device: "cpu" });
  const folder = temporaryFolder();
  mkdirSync(join(folder, "python"));
  cpSync(join(thresholdFolder, "python/locks"), join(folder, "python/locks"), { recursive: true });
  const worker = join(folder, "python/worker.py");
  cpSync(fileURLToPath(new URL("./fixtures/worker.py", import.meta.url)), worker);
  const text = (stage: string, normal: string) => ({ type: "string", default: normal, stage });
  const manifest = {
    name: "acts",
    version: "1.2.3",
    params: {
      type: "object",
      properties: {
        start: text("load", "well"),
        act: text("network", "echo"),
        add: { type: "integer", default: 0, stage: "post" },
      },
    },
    refine: true,
  };
  writeFileSync(join(folder, "module.json"), JSON.stringify(manifest));
  const module = (await readModule(folder)) as unknown as Module<ActsParams>;
  return {
    ...module,
    handle: module.handle,
    manifest: module.manifest,
    folder,
    edit: (change) => writeFileSync(worker, change(readFileSync(worker, "utf8"))),
  };
}

/** Connects; the worker is closed after the test. */
export async function connectActs(
  module: Module<ActsParams>,
  { settings }: Pick<TestDaemon, "settings">,
  options: StartOptions<ActsParams> = {},
): Promise<Worker<ActsParams>> {
  const worker = await connectWorker(module, { cancelGraceMs: 300, ...options, settings });
  afterTest(() => worker.close());
  return worker;
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

/** A call that holds a worker until it is told to stop. Resolves once it runs. */
export async function holdWorker(worker: Worker<ActsParams>, act = "wait") {
  const stop = new AbortController();
  let tellSeen = () => {};
  const seen = new Promise<void>((resolve) => {
    tellSeen = resolve;
  });
  const ended = worker.run(ramp(), { act }, { signal: stop.signal, onProgress: tellSeen }).catch((error: unknown) => error);
  await Promise.race([seen, ended]);
  return {
    ended,
    async end() {
      stop.abort();
      return ended;
    },
  };
}

export const isAlive = (pid: number): boolean => processStart(pid) !== null;

/** Waits for something that no event tells, such as the end of a process that is not our child. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, deadlineMs = 20_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(5);
  }
}

export interface OtherProgram {
  readonly child: ChildProcess;
  /** The next line that it says, as JSON. */
  next(): Promise<Record<string, unknown>>;
}

/** Starts `fixtures/client.ts` as a process of its own: another program that uses the daemon. */
export function startProgram(folder: string, home: string, what: string): OtherProgram {
  const script = fileURLToPath(new URL("./fixtures/client.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@parfocal/source", script, folder, what], {
    env: { ...process.env, PARFOCAL_HOME: home },
    stdio: ["pipe", "pipe", "inherit"],
  });
  afterTest(() => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    child,
    async next() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the program ended before it said anything more`);
      return JSON.parse(value as string) as Record<string, unknown>;
    },
  };
}
