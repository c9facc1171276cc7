import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { expectWorks, failure, firstProgress, isAlive, ramp, startActs, until } from "./support.ts";

describe("cancel", () => {
  test("before the call", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), {}, { signal: AbortSignal.abort() }), "CANCELLED");
    expect(error.message).toBe("acts: the call was cancelled");
    await expectWorks(worker);
    fault("Calls and workers", "a call is cancelled before it is made", error.code);
  });

  test("while it waits for another: at once, and the other goes on", async () => {
    const { worker } = await startActs();
    const { onProgress, seen } = firstProgress();
    const stopFirst = new AbortController();
    const stopSecond = new AbortController();
    const first = worker.run(ramp(), { act: "wait_for_cancel" }, { onProgress, signal: stopFirst.signal });
    const second = worker.run(ramp(), { act: "exit_3" }, { signal: stopSecond.signal });
    await seen;
    stopSecond.abort();
    await failure(second, "CANCELLED");
    expect(worker.state).toBe("busy");
    stopFirst.abort();
    await failure(first, "CANCELLED");
    await expectWorks(worker);
    fault("Calls and workers", "a waiting call is cancelled", "CANCELLED at once; the running one goes on");
  });

  test.for([
    [
      "while it runs: the model stops by itself and the worker stays up",
      "wait_for_cancel",
      {},
      "a running call is cancelled, the model listens",
    ],
    [
      "while it runs in a library: it is stopped from outside, and whatever it ends with is the cancel",
      "wait_to_be_stopped",
      { cancelGraceMs: 60_000 },
      "a running call is cancelled, the model is in a library that can be stopped",
    ],
  ] as const)("%s", async ([_, act, options, what]) => {
    const { worker, events } = await startActs(options);
    const { pid } = worker;
    const { onProgress, seen } = firstProgress();
    const stop = new AbortController();
    const call = worker.run(ramp(), { act }, { onProgress, signal: stop.signal });
    await seen;
    stop.abort();
    await failure(call, "CANCELLED");
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
    expect(events.some(({ type }) => type === "worker-end")).toBe(false);
    fault("Calls and workers", what, "CANCELLED; the same process answers the next call");
  });

  test("a result that comes all the same is dropped", async () => {
    const { worker } = await startActs();
    const { pid } = worker;
    const { onProgress, seen } = firstProgress();
    const stop = new AbortController();
    const call = worker.run(ramp(), { act: "finish_late" }, { onProgress, signal: stop.signal, keepRaw: true });
    await seen;
    stop.abort();
    await failure(call, "CANCELLED");
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
    fault("Calls and workers", "a result comes after the cancel", "CANCELLED; the result is dropped and its slots are freed");
  });

  test("after the call: nothing happens", async () => {
    const { worker } = await startActs();
    const stop = new AbortController();
    await worker.run(ramp(), {}, { signal: stop.signal });
    stop.abort();
    await expectWorks(worker);
    fault("Calls and workers", "a call is cancelled when it is over", "nothing happens");
  });

  test("a model that does not listen is ended by force, and the next call works at once", async () => {
    const { worker, events } = await startActs({ cancelGraceMs: 100 });
    const { pid } = worker;
    const { onProgress, seen } = firstProgress();
    const stop = new AbortController();
    const call = worker.run(ramp(), { act: "ignore_cancel" }, { onProgress, signal: stop.signal });
    await seen;
    stop.abort();
    await failure(call, "CANCELLED");
    expect(isAlive(pid!)).toBe(false);
    expect(events.at(-1)).toMatchObject({ type: "worker-end", reason: "cancelled" });
    await expectWorks(worker);
    fault(
      "Calls and workers",
      "a running call is cancelled, the model does not listen",
      "CANCELLED after the grace; the process is ended, the next call gets a new one at once",
    );
  });

  test("close ends a running call with WORKER_CLOSED, and those that wait", async () => {
    const { worker } = await startActs();
    const { onProgress, seen } = firstProgress();
    const running = worker.run(ramp(), { act: "sleep_natively" }, { onProgress });
    const waiting = worker.run(ramp());
    await seen;
    const pid = worker.pid!;
    await Promise.all([failure(running, "WORKER_CLOSED"), failure(waiting, "WORKER_CLOSED"), worker.close()]);
    expect(isAlive(pid)).toBe(false);
    fault("Calls and workers", "the worker is closed while calls run and wait", "WORKER_CLOSED for each; no process is left");
  });
});

describe("deadline", () => {
  test("a model that listens stops by itself and the worker stays up", async () => {
    const { worker } = await startActs({ cancelGraceMs: 60_000 });
    const { pid } = worker;
    const error = await failure(worker.run(ramp(), { act: "wait_for_cancel" }, { timeoutMs: 200 }), "WORKER_TIMEOUT");
    expect(error.message).toBe("acts: the call took longer than 200 ms; it stopped when asked, and the worker stays up");
    await expectWorks(worker);
    expect(worker.pid).toBe(pid);
  });

  test("in native code that holds the interpreter: ended after the grace", async () => {
    const { worker } = await startActs({ cancelGraceMs: 200 });
    const startedAt = performance.now();
    const call = worker.run(ramp(), { act: "sleep_natively" }, { timeoutMs: 300 });
    const error = await failure(call, "WORKER_TIMEOUT");
    expect(performance.now() - startedAt).toBeGreaterThan(499);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(error.message).toBe("acts: the call took longer than 300 ms; the worker was ended");
    expect(error.details).toMatchObject({ signal: "SIGTERM", timeoutMs: 300 });
    await expectWorks(worker);
    fault(
      "Calls and workers",
      "the deadline passes in native code",
      `${error.code}; ended by ${error.details.signal} after the grace`,
    );
  });

  test("SIGTERM ignored: SIGKILL follows", async () => {
    const { worker } = await startActs({ cancelGraceMs: 100 });
    const error = await failure(worker.run(ramp(), { act: "ignore_cancel" }, { timeoutMs: 300 }), "WORKER_TIMEOUT");
    expect(error.details.signal).toBe("SIGKILL");
    await expectWorks(worker);
    fault("Calls and workers", "the deadline passes and SIGTERM is ignored", `${error.code}; ended by ${error.details.signal}`);
  });

  test("a stopped process shows no sign of life, is ended and replaced", async () => {
    const { worker } = await startActs({ cancelGraceMs: 100 });
    const { pid } = worker;
    const error = await failure(worker.run(ramp(), { act: "stop" }, { timeoutMs: 2500 }), "WORKER_TIMEOUT");
    expect(error.details.missedHeartbeats).toBe(2);
    expect(error.message).toContain("(no sign of life for 2 s); the worker was ended");
    expect(isAlive(pid!)).toBe(false);
    await expectWorks(worker);
    fault(
      "Calls and workers",
      "the worker is stopped (SIGSTOP)",
      `${error.code} that names the missed heartbeats; the process is replaced`,
    );
  });

  test("a busy process beats: no heartbeat is missed", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act: "wait_for_cancel" }, { timeoutMs: 2500 }), "WORKER_TIMEOUT");
    expect(error.details.missedHeartbeats).toBeLessThan(2);
  });
});

describe.skipIf(process.platform === "win32")("children of a worker", () => {
  test("that ignore SIGTERM are gone after close", async () => {
    const { worker } = await startActs();
    const result = await worker.run(ramp(), { act: "have_children" });
    const children = result.provenance.worker.children as number[];
    expect(children.map(isAlive)).toEqual([true, true]);
    await worker.close();
    await until("the children are gone", () => !children.some(isAlive));
    fault("Calls and workers", "the worker has children that ignore SIGTERM", "all are gone after close");
  });

  test("are gone after a crash and after force", async () => {
    const { worker } = await startActs({ cancelGraceMs: 100 });
    const first = (await worker.run(ramp(), { act: "have_children" })).provenance.worker.children as number[];
    await failure(worker.run(ramp(), { act: "sigkill" }), "WORKER_CRASHED");
    await until("the children of the crashed worker are gone", () => !first.some(isAlive));
    const second = (await worker.run(ramp(), { act: "have_children" })).provenance.worker.children as number[];
    await failure(worker.run(ramp(), { act: "sleep_natively" }, { timeoutMs: 100 }), "WORKER_TIMEOUT");
    await until("the children of the ended worker are gone", () => !second.some(isAlive));
    fault("Calls and workers", "the worker dies and has children", "all are gone");
  });
});

describe("map", () => {
  const images = (count: number) => Array.from({ length: count }, (_, index) => ({ ...ramp(1, 1), data: Uint16Array.of(index) }));

  test("results come in order, errors with their item, and the rest goes on", async () => {
    const { worker } = await startActs();
    const wrong = { ...ramp(), axes: "cyx", shape: [2, 2, 3] };
    const unreadable = () => Promise.reject(new Error("no such file"));
    const [first, second] = images(2);
    const items = [];
    for await (const item of worker.map([first!, wrong, unreadable, async () => second!])) items.push(item);
    expect(items.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
    expect(items.map(({ result, error }) => result?.labels.data[0] ?? error?.code)).toEqual([0, "INPUT_REJECTED", "INTERNAL", 1]);
    expect(items[2]!.source).toBe(unreadable);
  });

  test("reads no further ahead than it was told", async () => {
    const { worker } = await startActs();
    let opened = 0;
    let open = 0;
    let most = 0;
    const sources = images(20).map((image) => async () => {
      opened += 1;
      open += 1;
      most = Math.max(most, open);
      return image;
    });
    const seen: number[] = [];
    for await (const { index, result } of worker.map(sources, {}, { concurrency: 3 })) {
      open -= 1;
      seen.push(result!.labels.data[0]!);
      expect(opened).toBeLessThanOrEqual(index + 1 + 3);
    }
    expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(most).toBeLessThanOrEqual(3);
  });

  test("a result does not wait for the next source", async () => {
    const { worker } = await startActs();
    const [first, second] = images(2);
    let sendSecond = () => {};
    const secondWanted = new Promise<void>((resolve) => {
      sendSecond = resolve;
    });
    async function* camera() {
      yield first!;
      await secondWanted;
      yield second!;
    }
    const seen: number[] = [];
    for await (const { result } of worker.map(camera())) {
      seen.push(result!.labels.data[0]!);
      sendSecond();
    }
    expect(seen).toEqual([0, 1]);
  });

  test("leaving the loop cancels what is in flight", async () => {
    const { worker } = await startActs();
    let taken = 0;
    function* sources() {
      for (const image of images(10)) {
        taken += 1;
        yield image;
      }
    }
    for await (const { index } of worker.map(sources(), {}, { concurrency: 4 })) if (index === 0) break;
    expect(taken).toBeLessThan(10);
    await expectWorks(worker);
    expect(worker.state).toBe("ready");
  });

  test("an abort cancels what is in flight and takes no more", async () => {
    const { worker } = await startActs();
    const stop = new AbortController();
    const codes: unknown[] = [];
    const options = { signal: stop.signal, onProgress: () => stop.abort() };
    for await (const { error } of worker.map(images(10), { act: "wait_for_cancel" }, options)) codes.push(error?.code);
    expect(codes).toEqual(["CANCELLED", "CANCELLED"]);
    await expectWorks(worker);
  });

  test("an error of the sources themselves comes after the results before it", async () => {
    const { worker } = await startActs();
    function* sources() {
      yield images(1)[0]!;
      throw new Error("the list broke off");
    }
    const seen: number[] = [];
    const loop = async () => {
      for await (const { index } of worker.map(sources())) seen.push(index);
    };
    await expect(loop()).rejects.toThrow("the list broke off");
    expect(seen).toEqual([0]);
  });
});
