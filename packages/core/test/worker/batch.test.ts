import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import type { Image } from "../../src/contract/array.ts";
import type { RunResult } from "../../src/contract/run.ts";
import { createPoolOf } from "../../src/pool/create-pool.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import {
  acts,
  afterTest,
  expectWorks,
  failure,
  firstProgress,
  numpyEnvironment,
  ramp,
  startActs,
  temporaryFolder,
} from "./support.ts";

/** Images of one shape, each with a value of its own. */
const flat = (value: number, height = 3): Image<"uint16"> => ({ ...ramp(height), data: new Uint16Array(height * 4).fill(value) });
const together = ({ provenance }: RunResult) => provenance.worker.together ?? 1;

describe("several images at once", () => {
  test("give what each gives by itself, in their order, also of different shapes", async () => {
    const { worker } = await startActs();
    const images = [flat(5), ramp(2), flat(7, 6)];
    const many = await worker.runMany(images, { add: 1 }, { hashInput: true });
    const single = [];
    for (const image of images) single.push(await worker.run(image, { add: 1 }, { hashInput: true }));
    expect(many.map(({ labels }) => labels)).toEqual(single.map(({ labels }) => labels));
    expect(many.map(together)).toEqual([3, 3, 3]);
    for (const [index, { provenance, timing }] of many.entries()) {
      const { together: _, ...info } = provenance.worker;
      expect({ ...provenance, worker: info }).toEqual(single[index]!.provenance);
      expect(timing.computeMs + timing.transferMs + timing.queueMs + timing.loadMs).toBeLessThanOrEqual(timing.totalMs);
    }
    expect(await worker.runMany([])).toEqual([]);
    expect(together((await worker.runMany([flat(1)]))[0]!)).toBe(1);
  });

  test("are taken together by map as they wait, not more than asked for, and only those of one shape", async () => {
    const { worker } = await startActs();
    const images = [
      ...Array.from({ length: 9 }, (_, index) => flat(index)),
      ...Array.from({ length: 3 }, (_, index) => flat(9 + index, 5)),
    ];
    const values: number[] = [];
    const groups: unknown[] = [];
    for await (const { result } of worker.map(images, {}, { batch: 4, concurrency: 12 })) {
      values.push(result!.labels.data[0]!);
      groups.push(together(result!));
    }
    expect(values).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect(Math.max(...groups.map(Number))).toBe(4);
    expect(groups.slice(9)).toEqual([3, 3, 3]);
  });

  test("of which one cannot be done: that one fails, the others are done by themselves", async () => {
    const { worker } = await startActs();
    const images = [flat(1), { ...flat(2), data: new Uint16Array(12).fill(66) }, flat(3)];
    const outcomes: unknown[] = [];
    for await (const { result, error } of worker.map(images, { act: "refuse_66" }, { batch: 3, concurrency: 6 })) {
      outcomes.push(error?.code ?? result!.labels.data[0]);
    }
    expect(outcomes).toEqual([1, "INPUT_REJECTED", 3]);
    fault(
      "Calls and workers",
      "one image of a batch is refused by the model",
      "that one fails, the others are run by themselves",
    );
  });

  test("whose answer lacks one: MODEL_ERROR says so, and map does each by itself", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.runMany([flat(1), flat(2)], { act: "one_too_few" }), "MODEL_ERROR");
    expect(error.message).toContain("the model returned 1 results for 2 images");
    await expectWorks(worker);
    fault("Calls and workers", "a model returns fewer results than it got images", "MODEL_ERROR; `map` runs each by itself");
  });

  test("are cancelled together, and die together", async () => {
    const { worker } = await startActs();
    const { onProgress, seen } = firstProgress();
    const stop = new AbortController();
    const ended = failure(
      worker.runMany([flat(1), flat(2)], { act: "wait_for_cancel" }, { signal: stop.signal, onProgress }),
      "CANCELLED",
    );
    await seen;
    stop.abort();
    await ended;
    await failure(worker.runMany([flat(1), flat(2)], { act: "exit_3" }), "WORKER_CRASHED");
    await expectWorks(worker);
  });

  test("go to the workers of a pool", async () => {
    const environment = await numpyEnvironment();
    const pool = await createPoolOf("acts", (options) => startWorkerIn(environment, acts, options), {
      workers: 2,
      settings: { home: temporaryFolder() },
    });
    afterTest(() => pool.close());
    const values: number[] = [];
    for await (const { result } of pool.map(
      Array.from({ length: 12 }, (_, index) => flat(index)),
      {},
      { batch: 3 },
    )) {
      values.push((result as RunResult).labels.data[0]!);
    }
    expect(values).toEqual(Array.from({ length: 12 }, (_, index) => index));
    const calls = pool.state().workers.reduce((sum, worker) => sum + worker.calls, 0);
    expect(calls).toBeGreaterThanOrEqual(4);
    expect(calls).toBeLessThan(12);
  });
});
