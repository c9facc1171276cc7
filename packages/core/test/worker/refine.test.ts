import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { acquireArena } from "../../src/worker/shared-arena.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import { acts, afterTest, failure, numpyEnvironment, ramp, startActs, temporaryFolder } from "./support.ts";

describe("refine", () => {
  test("recomputes from the kept raw output, as often as wanted", async () => {
    const { worker } = await startActs();
    const first = await worker.run({ ...ramp(), pixelSize: { x: 1 } }, { add: 1, text: "kept" }, { keepRaw: true });
    expect(first.raw).toMatchObject({ bytes: 24 + 8 });
    const second = await worker.refine(first, { add: 5 });
    expect(second.labels.data[0]).toBe(5);
    expect(second.labels).toMatchObject({ axes: "yx", pixelSize: { x: 1 }, shape: [3, 4] });
    expect(second.provenance).toMatchObject({
      operation: "refine",
      params: { start: "well", act: "echo", text: "kept", add: 5 },
      worker: { writeable: false },
    });
    const third = await worker.refine(second, { text: "kept" });
    expect(third.labels.data[0]).toBe(5);
    expect(third.raw).toEqual(first.raw);
    expect((await worker.refine(first)).labels.data[0]).toBe(1);
  });

  test("the raw output outlives the process that made it", async () => {
    const { worker } = await startActs();
    const first = await worker.run(ramp(), { add: 1 }, { keepRaw: true });
    await failure(worker.run(ramp(), { act: "sigkill" }), "WORKER_CRASHED");
    const second = await worker.refine(first, { add: 3 });
    expect(second.labels.data[0]).toBe(3);
  });

  test("the raw output that was used longest ago makes room", async () => {
    const { worker } = await startActs({ rawLimitBytes: 3 * 32 });
    const { arena, release } = acquireArena();
    afterTest(release);
    const runs = [];
    for (let index = 0; index < 3; index += 1) runs.push(await worker.run(ramp(), {}, { keepRaw: true }));
    await worker.refine(runs[0]!);
    runs.push(await worker.run(ramp(), {}, { keepRaw: true }));
    const error = await failure(worker.refine(runs[1]!), "RAW_EXPIRED");
    expect(error.message).toBe("acts: the raw output of this run is gone");
    expect(error.hint).toContain("rawLimitBytes");
    for (const index of [0, 2, 3]) expect((await worker.refine(runs[index]!, { add: 9 })).labels.data[0]).toBe(9);
    const before = readdirSync(arena.folder).length;
    for (let index = 0; index < 10; index += 1) await worker.run(ramp(), {}, { keepRaw: true });
    expect(readdirSync(arena.folder).length).toBeLessThanOrEqual(before + 1);
  });

  test("a raw output larger than the limit is not kept, and the result says so", async () => {
    const { worker } = await startActs({ rawLimitBytes: 8 });
    const result = await worker.run(ramp(), {}, { keepRaw: true });
    expect(result.raw).toBeUndefined();
    expect(result.warnings).toEqual(["the raw output was not kept: it is larger than rawLimitBytes"]);
    const error = await failure(worker.refine(result), "RAW_EXPIRED");
    expect(error.hint).toBe("run with keepRaw: true first");
  });

  test("only parameters behind the network may change", async () => {
    const { worker } = await startActs();
    const first = await worker.run(ramp(), { text: "a" }, { keepRaw: true });
    const error = await failure(worker.refine(first, { text: "b" }), "PARAMS_INVALID");
    expect(error.message).toContain('text needs the network again (it was "a")');
    await worker.refine(first, { text: "a" });
  });

  test("a module without refine says so", async () => {
    const handle = { ...acts, manifest: { ...acts.manifest, refine: false } };
    const worker = await startWorkerIn(await numpyEnvironment(), handle, { settings: { home: temporaryFolder() } });
    afterTest(() => worker.close());
    const result = await worker.run(ramp());
    const error = await failure(worker.refine(result), "NOT_SUPPORTED");
    expect(error.message).toBe("acts has no refine");
  });

  test("close frees what was kept", async () => {
    const { worker } = await startActs();
    const { arena, release } = acquireArena();
    afterTest(release);
    await worker.run(ramp(), {}, { keepRaw: true });
    expect(readdirSync(arena.folder).length).toBeGreaterThan(1);
    await worker.close();
    expect(existsSync(arena.folder) && readdirSync(arena.folder)).toEqual([]);
  });
});
