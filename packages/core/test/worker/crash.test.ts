import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { acquireArena } from "../../src/worker/shared-arena.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import {
  acts,
  afterTest,
  expectWorks,
  failure,
  firstProgress,
  isAlive,
  numpyEnvironment,
  ramp,
  startActs,
  temporaryFolder,
} from "./support.ts";

describe("a worker that dies", () => {
  test("by SIGKILL from outside: the call fails within a second, its slots are freed, the next call works", async () => {
    const { worker, events } = await startActs();
    const { arena, release } = acquireArena();
    afterTest(release);
    await expectWorks(worker);
    const pid = worker.pid!;
    const { onProgress, seen } = firstProgress();
    const call = worker.run(ramp(), { act: "wait_for_cancel" }, { onProgress });
    await seen;
    const killedAt = performance.now();
    process.kill(pid, "SIGKILL");
    const error = await failure(call, "WORKER_CRASHED");
    expect(performance.now() - killedAt).toBeLessThan(10_000);
    expect(error.message).toContain("acts: the worker was killed by SIGKILL during the call");
    expect(error.details).toMatchObject({ exitCode: null, signal: "SIGKILL", oomSuspected: false });
    expect(worker.state).toBe("dead");
    expect(readdirSync(arena.folder).every((name) => /-in\d\.npy$/.test(name))).toBe(true);
    await expectWorks(worker);
    expect(worker.pid).not.toBe(pid);
    expect(events.filter(({ type }) => type === "worker-end")).toEqual([
      { type: "worker-end", module: "acts", pid, reason: "killed by SIGKILL" },
    ]);
    fault(
      "Calls and workers",
      "the worker is killed during a call",
      `${error.code}, signal ${error.details.signal}; its slots are freed, the next call is answered by a new process`,
    );
  });

  test("while idle: the next call gets a new one and does not fail", async () => {
    const { worker } = await startActs();
    const pid = worker.pid!;
    process.kill(pid, "SIGKILL");
    await new Promise<void>((resolve) => {
      const look = () => (worker.state === "dead" ? resolve() : setImmediate(look));
      look();
    });
    const result = await expectWorks(worker);
    expect(result.timing.loadMs).toBeGreaterThan(0);
    fault("Calls and workers", "the worker is killed while idle", "no error: the next call is answered by a new process");
  });

  test("by a segmentation fault: Python's own report is in the error", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "segfault" }), "WORKER_CRASHED");
    expect(error.details.signal).toBe("SIGSEGV");
    expect(error.details.stderrTail.join("\n")).toContain("Fatal Python error: Segmentation fault");
    expect(error.details.stderrTail.join("\n")).toContain("in segfault");
    expect(readFileSync(error.details.logPath!, "utf8")).toContain("Segmentation fault");
    await expectWorks(worker);
    fault(
      "Calls and workers",
      "the model ends in a segmentation fault",
      `${error.code}, signal ${error.details.signal}, with the Python stack in the error`,
    );
  });

  test("by os._exit: its exit code and last words are in the error", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "exit_3" }), "WORKER_CRASHED");
    expect(error.message).toBe("acts: the worker exited with code 3 during the call; it last said: last words");
    expect(error.details).toMatchObject({ exitCode: 3, signal: null });
    expect(error.hint).toContain(error.details.logPath);
    await expectWorks(worker);
    fault(
      "Calls and workers",
      "the model calls os._exit(3)",
      `${error.code}, exit code ${error.details.exitCode}, with its last words`,
    );
  });

  test("five times in a row: it is not started again, and the error keeps the last death", async () => {
    const { worker } = await startActs();
    await failure(worker.run(ramp(), { act: "sigkill" }), "WORKER_CRASHED");
    await expectWorks(worker); // from here on, deaths count anew
    for (let death = 0; death < 5; death += 1) await failure(worker.run(ramp(), { act: "exit_3" }), "WORKER_CRASHED");
    expect(worker.state).toBe("broken");
    const error = await failure(worker.run(ramp()), "WORKER_START_FAILED");
    expect(error.message).toContain("the worker ended 5 times in a row without finishing a call");
    expect(error.message).toContain("last words");
    expect(error.details).toMatchObject({ exitCode: 3 });
    fault(
      "Calls and workers",
      "five deaths with no success between",
      `${error.code} from then on, with the last death; no process is started any more`,
    );
  });
});

describe("a model that fails", () => {
  test("by an exception: the error has the traceback, the worker stays up", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    const error = await failure(worker.run(ramp(), { act: "fail" }), "MODEL_ERROR");
    expect(error.message).toBe("acts: KeyError: 'layer 7'");
    expect(error.details.pythonType).toBe("KeyError");
    expect(error.details.pythonTraceback).toMatch(
      /^Traceback \(most recent call last\):[\s\S]*in fail\n[\s\S]*KeyError: 'layer 7'\n$/,
    );
    expect(existsSync(error.details.logPath!)).toBe(true);
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
    fault(
      "Calls and workers",
      "the model raises an exception",
      `${error.code} with the traceback; the same process answers the next call`,
    );
  });

  test("by sys.exit: that is an error of the model, not the end of the worker", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    const error = await failure(worker.run(ramp(), { act: "leave" }), "MODEL_ERROR");
    expect(error.details.pythonType).toBe("SystemExit");
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
    fault("Calls and workers", "the model calls sys.exit", `${error.code}; the same process answers the next call`);
  });

  test("because the image cannot be used", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "bad_input" }), "INPUT_REJECTED");
    expect(error.message).toBe("acts: all pixels are equal");
    expect(error.hint).toBe("give an image with something in it");
    await expectWorks(worker);
  });

  test.runIf(process.platform === "linux")("for want of memory, under an address space limit", async () => {
    const { worker } = await startActs({ settings: { threads: 1 } });
    const { pid } = worker;
    const error = await failure(worker.run(ramp(), { act: "memory" }), "OUT_OF_MEMORY");
    expect(error.message).toMatch(/^acts: ran out of memory \(MemoryError: Unable to allocate 600/);
    expect(error.details.where).toBe("cpu");
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
    fault(
      "Calls and workers",
      "an array does not fit into the address space",
      `${error.code} (${error.details.where}); the same process answers the next call`,
    );
  });

  test("killed by the kernel for want of memory: the error suspects it", async ({ skip }) => {
    const group = memoryGroup();
    if (group === null) return skip("no control group with a memory limit can be made here");
    afterTest(() => rmdirSync(group));
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "killed_by_kernel", text: group }), "WORKER_CRASHED");
    expect(error.details).toMatchObject({ signal: "SIGKILL", oomSuspected: true });
    expect(error.message).toContain("probably by the kernel for want of memory");
    expect(error.hint).toContain("smaller tiles");
    await expectWorks(worker);
    fault(
      "Calls and workers",
      "the kernel kills the worker for want of memory",
      `${error.code} that suspects it, and advises smaller tiles`,
    );
  });
});

describe("a worker that does not start", () => {
  const start = async (name: string, options: object = {}) =>
    startWorkerIn(await numpyEnvironment(), acts, {
      params: { start: name },
      cancelGraceMs: 300,
      settings: { home: temporaryFolder() },
      ...options,
    });

  test("because its model raises", async () => {
    const error = await failure(start("raise"), "WORKER_START_FAILED");
    expect(error.message).toBe("acts: the worker could not load its model: ValueError: no such model");
    expect(error.details.pythonTraceback).toContain("in __init__");
    expect(error.details.exitCode).toBe(1);
    expect(error.details.stderrTail).toContain("loading: raise");
    fault("Calls and workers", "the model cannot be loaded", `${error.code} with the traceback`);
  });

  test("because it exits", async () => {
    const error = await failure(start("exit"), "WORKER_START_FAILED");
    expect(error.message).toBe("acts: the worker exited with code 7 before it was ready; it last said: giving up");
    fault("Calls and workers", "the worker exits while it loads", `${error.code} with exit code and last words`);
  });

  test.each([
    ["missing weights", "WEIGHTS_MISSING", "acts: weights.h5 is not there", "fetch it"],
    ["bad weights", "WEIGHTS_INVALID", "acts: weights.h5 is cut off", "complete weights"],
    ["no device", "DEVICE_UNAVAILABLE", "acts: there is no cpu", '"auto"'],
    ["out of memory", "OUT_OF_MEMORY", "acts: ran out of the GPU's memory", "smaller tiles"],
  ] as const)("because of %s", async (name, code, words, hint) => {
    const error = await failure(start(name), code);
    expect(error.message).toContain(words);
    expect(error.hint).toContain(hint);
    fault("Calls and workers", `the start fails for ${name}`, error.code);
  });

  test("within its deadline", async () => {
    const error = await failure(start("hang", { startTimeoutMs: 3000 }), "WORKER_TIMEOUT");
    expect(error.message).toBe("acts: the start took longer than 3000 ms; the worker was ended");
    expect(error.details).toMatchObject({ signal: "SIGKILL", timeoutMs: 3000 });
    fault("Calls and workers", "the start takes longer than its deadline", `${error.code}; the process is ended`);
  });

  test("because it was cancelled", async () => {
    const abort = new AbortController();
    let pid = 0;
    const onEvent = (event: { readonly type: string; readonly pid?: number }) => {
      if (event.type !== "worker-start") return;
      pid = event.pid!;
      setImmediate(() => abort.abort());
    };
    await failure(start("hang", { signal: abort.signal, onEvent }), "CANCELLED");
    expect(isAlive(pid)).toBe(false);
    await failure(start("well", { signal: abort.signal }), "CANCELLED");
    fault("Calls and workers", "the start is cancelled", "CANCELLED; no process is left");
  });

  test("because Python is gone", async () => {
    const environment = { ...(await numpyEnvironment()), python: "/nonexistent/python" };
    const error = await failure(startWorkerIn(environment, acts), "WORKER_START_FAILED");
    expect(error.message).toContain("acts: Python could not be started: spawn /nonexistent/python ENOENT");
    expect(error.hint).toContain("parfocal env remove acts");
    fault("Calls and workers", "the interpreter is gone", `${error.code} with the command that rebuilds the environment`);
  });

  test.each([
    [
      "a package is missing",
      "import no_such_package",
      "ModuleNotFoundError: No module named 'no_such_package'",
      "parfocal env remove acts",
    ],
    [
      "its worker defines no Model",
      "model = 1",
      "worker.py defines no class Model",
      "write class Model in the module's python/worker.py",
    ],
    ["its worker is no Python", "class Model(:", "SyntaxError: invalid syntax", "traceback"],
  ])("because %s", async (_, source, words, hint) => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "python"));
    writeFileSync(join(folder, "python", "worker.py"), source);
    const error = await failure(
      startWorkerIn(await numpyEnvironment(), { ...acts, folder }, { settings: { home: folder } }),
      "WORKER_START_FAILED",
    );
    expect(error.message).toContain("acts: the worker could not load its model: ");
    expect(error.message).toContain(words);
    expect(error.hint).toContain(hint);
  });

  test("because the module has no worker", async () => {
    const error = await failure(startWorkerIn(await numpyEnvironment(), { ...acts, folder: "/nonexistent" }), "MODULE_INVALID");
    expect(error.message).toBe("acts: there is no worker at /nonexistent/worker.py");
  });

  test("with a parameter it does not have", async () => {
    const error = await failure(startWorkerIn(await numpyEnvironment(), acts, { params: { strat: 1 } }), "PARAMS_INVALID");
    expect(error.message).toContain("did you mean start?");
  });
});

/** A control group with 256 MB of memory; null where none can be made. */
function memoryGroup(): string | null {
  if (process.platform !== "linux") return null;
  const places: readonly (readonly [string, string])[] = [
    ["/sys/fs/cgroup", "memory.max"],
    ["/sys/fs/cgroup/memory", "memory.limit_in_bytes"],
  ];
  for (const [root, limit] of places) {
    const own =
      readFileSync("/proc/self/cgroup", "utf8").match(root.endsWith("memory") ? /:memory:(.*)/ : /^0::(.*)/m)?.[1] ?? "/";
    const folder = join(root, own, `parfocal-test-${process.pid}`);
    try {
      mkdirSync(folder);
    } catch {
      continue; // not ours to make
    }
    // A plain folder in a file system that only looks like one of control groups has no such file.
    if (existsSync(join(folder, "cgroup.procs")) && existsSync(join(folder, limit))) {
      writeFileSync(join(folder, limit), String(256 * 2 ** 20));
      return folder;
    }
    rmdirSync(folder);
  }
  return null;
}
