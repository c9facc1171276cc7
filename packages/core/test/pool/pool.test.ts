import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import type { OnEvent } from "../../src/contract/events.ts";
import type { Pool, PoolOptions } from "../../src/contract/pool.ts";
import type { SegmenterOutputs } from "../../src/contract/run.ts";
import { createPoolOf } from "../../src/pool/create-pool.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import {
  type ActsParams,
  acts,
  afterTest,
  failure,
  firstProgress,
  isAlive,
  numpyEnvironment,
  ramp,
  temporaryFolder,
  until,
} from "../worker/support.ts";

type ActsPool = Pool<ActsParams, SegmenterOutputs>;

/** @param loads what each worker in turn is told besides. */
async function startPool(options: PoolOptions<ActsParams> = {}, loads: Partial<ActsParams>[] = []): Promise<ActsPool> {
  const environment = await numpyEnvironment();
  const pool = await createPoolOf<ActsParams, SegmenterOutputs>(
    "acts",
    (startOptions) => startWorkerIn(environment, acts, { ...startOptions, params: { ...startOptions.params, ...loads.shift() } }),
    { cancelGraceMs: 300, settings: { home: temporaryFolder() }, ...options },
  );
  afterTest(() => pool.close());
  return pool;
}

const pids = (pool: ActsPool) => pool.state().workers.flatMap(({ pid }) => (pid === null ? [] : [pid]));

/** A call that runs until it is told to stop. */
async function holdWorker(pool: Pick<ActsPool, "run">) {
  const { onProgress, seen } = firstProgress();
  const stop = new AbortController();
  const ended = failure(pool.run(ramp(), { act: "wait_for_cancel" }, { onProgress, signal: stop.signal }), "CANCELLED");
  await seen;
  return {
    async end() {
      stop.abort();
      await ended;
    },
  };
}

describe("a pool", () => {
  test("starts one worker, and the next when a call has to wait", async () => {
    const pool = await startPool({ workers: 2 });
    expect(pool.state().workers.map(({ state }) => state)).toEqual(["ready", "cold"]);
    await pool.run(ramp());
    expect(pids(pool)).toHaveLength(1);
    const [one, two] = await Promise.all([holdWorker(pool), holdWorker(pool)]);
    expect(new Set(pids(pool)).size).toBe(2);
    await Promise.all([one.end(), two.end()]);
  });

  test("serves clients in turn, however much one of them wants", async () => {
    const pool = await startPool();
    const held = await holdWorker(pool);
    const order: string[] = [];
    const ask = (client: string, index: number) =>
      pool
        .client(client)
        .run(ramp(), { add: index })
        .then(({ labels }) => order.push(`${client}${labels.data[0]}`));
    const calls = [...Array.from({ length: 20 }, (_, index) => ask("a", index)), ask("b", 0), ask("b", 1), ask("c", 0)];
    await held.end();
    await Promise.all(calls);
    expect(order.slice(0, 7)).toEqual(["a0", "b0", "c0", "a1", "b1", "a2", "a3"]);
    expect(order).toHaveLength(23);
  });

  test("serves a hundred clients, each once before any twice", async () => {
    const pool = await startPool({ queueLimit: 200 });
    const held = await holdWorker(pool);
    const order: number[] = [];
    const calls = [0, 1].flatMap(() =>
      Array.from({ length: 100 }, (_, client) =>
        pool
          .client(`client ${client}`)
          .run(ramp(1, 1))
          .then(() => order.push(client)),
      ),
    );
    await held.end();
    await Promise.all(calls);
    const all = Array.from({ length: 100 }, (_, client) => client);
    expect(order).toEqual([...all, ...all]);
    fault("Pools", "a hundred clients at once on one worker", "each is served once before any is served twice");
  });

  test("refuses a call when too many wait, and takes calls again later", async () => {
    const pool = await startPool({ queueLimit: 2 });
    const held = await holdWorker(pool);
    const waiting = [pool.run(ramp()), pool.run(ramp())];
    const error = await failure(pool.run(ramp()), "BUSY");
    expect(error.message).toBe("acts: 2 calls wait already, which is the limit");
    expect(error.hint).toContain("queueLimit");
    expect(pool.state()).toMatchObject({ waiting: 2, queueLimit: 2 });
    await held.end();
    await Promise.all(waiting);
    await pool.run(ramp());
    fault("Pools", "more calls than the queue takes", `${error.code} at once; calls are taken again later`);
  });

  test("lets a waiting call be cancelled", async () => {
    const pool = await startPool();
    const held = await holdWorker(pool);
    const stop = new AbortController();
    const call = pool.run(ramp(), {}, { signal: stop.signal });
    stop.abort();
    await failure(call, "CANCELLED");
    expect(pool.state().waiting).toBe(0);
    await held.end();
    await failure(pool.run(ramp(), {}, { signal: AbortSignal.abort() }), "CANCELLED");
  });

  test("says how long a call waited for it", async () => {
    const pool = await startPool();
    const held = await holdWorker(pool);
    const call = pool.run(ramp());
    const before = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 60));
    await held.end();
    const { timing } = await call;
    expect(timing.queueMs).toBeGreaterThan(50);
    expect(timing.queueMs).toBeLessThan(performance.now() - before + 5);
    expect(timing.totalMs).toBeGreaterThan(timing.queueMs);
  });

  test("gives devices to its workers in turn", async () => {
    const pool = await startPool({ devices: ["cpu", "auto"], workers: 3 });
    expect(pool.state().workers.map(({ device }) => device)).toEqual(["cpu", "auto", "cpu"]);
    const { device } = await pool.run(ramp());
    expect(device.requested).toBe("cpu");
  });

  test("maps images in order, reading one more than it has workers", async () => {
    const pool = await startPool({ workers: 2 });
    let open = 0;
    let most = 0;
    const sources = Array.from({ length: 30 }, (_, index) => async () => {
      open += 1;
      most = Math.max(most, open);
      return { ...ramp(1, 1), data: Uint16Array.of(index) };
    });
    const seen: number[] = [];
    for await (const { result } of pool.map(sources)) {
      open -= 1;
      seen.push(result!.labels.data[0]!);
    }
    expect(seen).toEqual(Array.from({ length: 30 }, (_, index) => index));
    expect(most).toBe(3);
  });

  test("maps images though the queue is full", async () => {
    const pool = await startPool({ queueLimit: 1 });
    const held = await holdWorker(pool);
    const waiting = pool.run(ramp());
    const items: unknown[] = [];
    const mapped = (async () => {
      for await (const { error } of pool.client("b").map([ramp(), ramp(), ramp()], {}, { concurrency: 3 })) items.push(error);
    })();
    await until("the images wait", () => pool.state().waiting === 4);
    await failure(pool.run(ramp()), "BUSY");
    await held.end();
    await Promise.all([waiting, mapped]);
    expect(items).toEqual([undefined, undefined, undefined]);
  });

  test("refines a result on the worker that made it", async () => {
    const pool = await startPool({ workers: 2 });
    const held = await holdWorker(pool);
    const result = await pool.run(ramp(), {}, { keepRaw: true });
    await held.end();
    const again = await pool.refine(result, { add: 4 });
    expect([...again.labels.data]).toEqual([...ramp().data].map((value) => value + 4));
    expect((await pool.refine(again, { add: 5 })).labels.data[0]).toBe(5);
    const other = await startPool();
    const error = await failure(other.refine(result, { add: 4 }), "RAW_EXPIRED");
    expect(error.message).toBe("acts: this pool did not make the result");
  });

  test.each([
    [{ workers: 0 }, "acts: workers is 0"],
    [{ queueLimit: 1.5 }, "acts: queueLimit is 1.5"],
  ])("cannot be made with %j", async (options, words) => {
    expect((await failure(startPool(options), "USAGE")).message).toBe(words);
  });
});

describe("deaths in a pool", () => {
  test("cost one call, and the others go on on another worker", async () => {
    const pool = await startPool({ workers: 2 });
    const held = await holdWorker(pool);
    await failure(pool.run(ramp(), { act: "sigkill" }), "WORKER_CRASHED");
    const { labels } = await pool.run(ramp(), { add: 1 });
    expect(labels.data[0]).toBe(1);
    await held.end();
    expect(pool.state().workers.map(({ deaths }) => deaths)).toEqual([0, 1]);
    fault("Pools", "one of two workers dies", "one call fails; the others go on");
  });

  test("an input that ended two workers is refused; others, and the same with other parameters, are not", async () => {
    const pool = await startPool();
    const bad = { ...ramp(), data: Uint16Array.from({ length: 12 }, () => 7) };
    for (let turn = 0; turn < 2; turn += 1) await failure(pool.run(bad, { act: "exit_3" }), "WORKER_CRASHED");
    const { pid } = pool.state().workers[0]!;
    const error = await failure(pool.run({ ...bad, data: bad.data.slice() }, { act: "exit_3" }), "INPUT_QUARANTINED");
    expect(error.message).toBe("acts: an image of 3 x 4 (yx, uint16) ended 2 workers with these parameters");
    expect(pool.state()).toMatchObject({ quarantined: 1, workers: [{ pid, deaths: 2 }] });
    expect((await pool.run(bad, { add: 1 })).labels.data[0]).toBe(8);
    expect((await pool.run(ramp(), { add: 1 })).labels.data[0]).toBe(1);
    fault("Pools", "an input ends two workers", `${error.code}; other inputs go on`);
  });

  test("with results between them break no worker, however many there are", async () => {
    const pool = await startPool();
    for (let turn = 0; turn < 5; turn += 1) {
      await failure(pool.run(ramp(1, turn + 1), { act: "exit_3" }), "WORKER_CRASHED");
      expect((await pool.run(ramp(), { add: turn })).labels.data[0]).toBe(turn);
    }
    expect(pool.state().workers[0]).toMatchObject({ state: "ready", deaths: 5 });
  });

  test("a worker that is broken gets no calls while another lives; without another, calls get its error", async () => {
    const pool = await startPool({ workers: 2 });
    for (const held of await Promise.all([holdWorker(pool), holdWorker(pool)])) await held.end();
    let images = 0;
    const crash = () => failure(pool.run(ramp(1, ++images), { act: "exit_3" }), "WORKER_CRASHED");
    for (let turn = 0; turn < 4; turn += 1) await Promise.all([crash(), crash()]);
    const held = await holdWorker(pool);
    await crash();
    expect(pool.state().workers).toMatchObject([
      { state: "busy", deaths: 4 },
      { state: "broken", deaths: 5 },
    ]);
    const last = crash();
    expect(pool.state().waiting).toBe(1);
    await held.end();
    await last;
    const error = await failure(pool.run(ramp()), "WORKER_START_FAILED");
    expect(error.message).toMatch(/^acts: the worker ended 5 times in a row .* exited with code 3/);
    const broken = { state: "broken", deaths: 5, pid: null };
    expect(pool.state()).toMatchObject({ waiting: 0, workers: [broken, broken] });
    fault("Pools", "the last worker has died too often in a row", `${error.code}, which says how it died; no process is started`);
  });

  test("a pool whose first worker does not start is refused with the reason", async () => {
    const error = await failure(startPool({ params: { start: "raise" } }), "WORKER_START_FAILED");
    expect(error.message).toContain("ValueError: no such model");
  });
});

describe("the end of a pool", () => {
  test("close fails what runs and waits, and leaves no process", async () => {
    const pool = await startPool({ workers: 2 });
    const { onProgress, seen } = firstProgress();
    const running = failure(pool.run(ramp(), { act: "wait_for_cancel" }, { onProgress }), "WORKER_CLOSED");
    await seen;
    const waiting = [failure(pool.run(ramp(), { act: "wait_for_cancel" }), "WORKER_CLOSED")];
    waiting.push(failure(pool.run(ramp(), { act: "wait_for_cancel" }), "WORKER_CLOSED"));
    const before = pids(pool);
    await pool.close();
    await Promise.all([running, ...waiting]);
    expect(before.some(isAlive)).toBe(false);
    await failure(pool.run(ramp()), "WORKER_CLOSED");
    await pool.close();
    fault("Pools", "a pool is closed while calls run and wait", "WORKER_CLOSED for each; no process is left");
  });

  test("close does not wait for a worker that loads its model", async () => {
    const started: number[] = [];
    const onEvent: OnEvent = (event) => event.type === "worker-start" && started.push(event.pid);
    const pool = await startPool({ workers: 2, onEvent }, [{}, { start: "hang" }]);
    const { onProgress, seen } = firstProgress();
    const running = failure(pool.run(ramp(), { act: "wait_for_cancel" }, { onProgress }), "WORKER_CLOSED");
    const waiting = failure(pool.run(ramp()), "WORKER_CLOSED");
    await seen;
    await until("the second has a process", () => started.length === 2);
    expect(pool.state().workers.map(({ state }) => state)).toEqual(["busy", "starting"]);
    await pool.close();
    await Promise.all([running, waiting]);
    expect(started.some(isAlive)).toBe(false);
  });

  test("drain finishes what it has and takes no more", async () => {
    const pool = await startPool();
    const kept = await pool.run(ramp(), {}, { keepRaw: true });
    const calls = Array.from({ length: 10 }, (_, add) => pool.run(ramp(), { add }));
    const again = pool.refine(kept, { add: 9 });
    const drained = pool.drain();
    await failure(pool.run(ramp()), "WORKER_CLOSED");
    await failure(pool.refine(kept), "WORKER_CLOSED");
    expect((await again).labels.data[0]).toBe(9);
    const results = await Promise.all(calls);
    expect(results.map(({ labels }) => labels.data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await drained;
    expect(pids(pool)).toEqual([]);
  });
});
