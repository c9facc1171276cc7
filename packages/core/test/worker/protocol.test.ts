import { spawnSync } from "node:child_process";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { serveCommand } from "../../src/worker/command.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import { acts, expectWorks, failure, numpyEnvironment, ramp, startActs, temporaryFolder } from "./support.ts";

describe("a worker that breaks the protocol is ended and replaced", () => {
  test.each([
    ["half a line", String.raw`{"type":"resu\n`, 'a line is not JSON: {"type":"resu'],
    ["no JSON", String.raw`hello\n`, "a line is not JSON: hello"],
    ["invalid UTF-8", String.raw`{"type":"log\xff\xfe"}\n`, "a line is not valid UTF-8"],
    ["an unknown message", String.raw`{"type":"dance"}\n`, 'in {"type":"dance"}'],
    ["a field of the wrong type", String.raw`{"type":"heartbeat","id":"one"}\n`, "id: Invalid input: expected number"],
    ["an array", String.raw`[1,2]\n`, "in [1,2]"],
    ["null", String.raw`null\n`, "in null"],
    ["a call that was never made", String.raw`{"type":"heartbeat","id":99}\n`, "there is no call 99"],
    [
      "a second ready",
      String.raw`{"type":"ready","protocol":1,"pid":1,"python":"","numpy":"","device":"","axes":null,"refine":true,"batch":false,"importMs":0,"loadMs":0}\n`,
      "ready was said twice",
    ],
  ])("%s", async (_, bytes, words) => {
    const { worker, events } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "frame", text: bytes }), "PROTOCOL_ERROR");
    expect(error.message).toContain(`acts: the worker broke the protocol: `);
    expect(error.message).toContain(words);
    expect(error.details.signal).toBe("SIGKILL");
    expect(error.details.oomSuspected).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: "worker-end", reason: expect.stringContaining("broke the protocol") });
    await expectWorks(worker);
    fault("Calls and workers", `the worker sends ${_}`, `${error.code}; the process is replaced`);
  });

  test("a line of 50 MB, without keeping it", async () => {
    const { worker } = await startActs();
    const before = process.memoryUsage().rss;
    const error = await failure(worker.run(ramp(), { act: "long_line" }), "PROTOCOL_ERROR");
    expect(error.message).toContain("a line is longer than 16777216 bytes");
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    await expectWorks(worker);
    fault("Calls and workers", "the worker sends a line of 50 MB", `${error.code}; the line is not kept in memory`);
  });

  test("the end in the middle of a line is a crash", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "half_line_then_exit" }), "WORKER_CRASHED");
    expect(error.message).toContain("exited with code 0 during the call");
    await expectWorks(worker);
    fault("Calls and workers", "the worker ends in the middle of a line", error.code);
  });

  test("a call that is answered twice", async () => {
    const { worker, events } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "answer_twice", add: 1 }), "MODEL_ERROR");
    expect(error.message).toContain("first answer");
    await expect
      .poll(() => events.at(-1), { timeout: 20_000 })
      .toMatchObject({ reason: "broke the protocol: call 1 was answered twice" });
    await expectWorks(worker);
    fault("Calls and workers", "the worker answers a call twice", "the first answer counts; the process is replaced");
  });

  test("news of a finished call is no fault", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    const steps: unknown[] = [];
    await worker.run(ramp(), { act: "late_progress" });
    await worker.run(ramp(), { act: "late_progress", add: 1 }, { onProgress: (step) => steps.push(step) });
    expect(steps).toEqual([]);
    expect(worker.pid).toBe(pid);
    fault("Calls and workers", "progress of a finished call arrives late", "it is dropped");
  });

  test.each([
    ["unlink", "cannot be read: ENOENT"],
    ["truncate", "is cut off: 72 of 40000 bytes"],
    ["other", "does not hold the int32 (100, 100) that the message says"],
  ])("a slot that is damaged (%s)", async (text, words) => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(100, 100), { act: "remove_slots", text }), "PROTOCOL_ERROR");
    expect(error.message).toMatch(/slot \S+\/s\d+p\d+-\d+\.npy /);
    expect(error.message).toContain(words);
    await expectWorks(worker);
    fault(
      "Data and slots",
      `the worker's slot is damaged (${text})`,
      `${error.code} that names the slot; the process is replaced`,
    );
  });
});

describe("versions of the protocol", () => {
  test("a worker refuses a host of another version", async () => {
    const [file, ...args] = serveCommand(await numpyEnvironment(), acts);
    const hello = { type: "hello", protocol: 2 };
    const ended = spawnSync(file!, args, { input: `${JSON.stringify(hello)}\n`, encoding: "utf8" });
    expect(JSON.parse(ended.stdout)).toMatchObject({
      type: "error",
      id: null,
      code: "PROTOCOL_VERSION",
      message: expect.stringContaining(
        "the host speaks worker protocol 2, this runtime speaks 1: use the runtime of the same version",
      ),
    });
    expect(ended.status).toBe(1);
  });

  test("a host refuses a worker of another version", async () => {
    const start = startWorkerIn(await numpyEnvironment(), acts, {
      params: { start: "other version" },
      settings: { home: temporaryFolder() },
    });
    const error = await failure(start, "PROTOCOL_VERSION");
    expect(error.message).toBe("acts: the worker speaks protocol 99, this host 1");
    expect(error.hint).toContain("install @parfocal/core again");
  });
});

describe("a mistake of the caller", () => {
  test("an exception in onProgress is the caller's, not the worker's", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    const caught = new Promise<unknown>((resolve) => {
      const previous = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.once("uncaughtException", (error) => {
        for (const listener of previous) process.on("uncaughtException", listener);
        resolve(error);
      });
    });
    const result = await worker.run(
      ramp(),
      { act: "facts" },
      {
        onProgress() {
          throw new Error("mistake");
        },
      },
    );
    expect(result.labels.shape).toEqual([3, 4]);
    expect(await caught).toMatchObject({ message: "mistake" });
    expect(worker.pid).toBe(pid);
  });
});
