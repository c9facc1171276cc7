import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { readNpy } from "../../src/array/npy-file.ts";
import type { Image, Labels } from "../../src/contract/array.ts";
import { isInArena } from "../../src/worker/arena.ts";
import { runtimeFolder } from "../../src/worker/command.ts";
import { acquireArena } from "../../src/worker/shared-arena.ts";
import { acts, expectWorks, failure, isAlive, ramp, startActs, temporaryFolder } from "./support.ts";

describe("run", () => {
  test("gives labels, timing, device and provenance", async () => {
    const { worker, events } = await startActs({ settings: { threads: 1 } });
    expect(worker.state).toBe("ready");
    const image = ramp();
    const result = await worker.run({ ...image, pixelSize: { x: 0.5, y: 0.5 } }, { plus: 2 } as object, { hashInput: true });

    expect(result.labels).toMatchObject({ dtype: "int32", shape: [3, 4], axes: "yx", pixelSize: { x: 0.5, y: 0.5 } });
    expect([...result.labels.data]).toEqual([...image.data].map((value) => value + 2));
    expect(result.warnings).toEqual([]);
    expect(result.device).toEqual({ used: "cpu", requested: "auto", reason: worker.environment.choice.reason });
    const { queueMs, loadMs, transferMs, computeMs, totalMs } = result.timing;
    expect(loadMs).toBe(0);
    expect(queueMs + loadMs + transferMs + computeMs).toBeLessThanOrEqual(totalMs);
    expect(computeMs).toBeGreaterThan(0);
    expect(result.provenance).toMatchObject({
      module: "acts",
      version: "1.2.3",
      environment: worker.environment.key,
      lockSha256: worker.environment.stamp.lockSha256,
      operation: "run",
      params: { start: "well", act: "echo", text: "", add: 2 },
      input: { axes: "yx", shape: [3, 4], dtype: "uint16" },
      adaptations: [],
    });
    expect(result.provenance.inputSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(result.raw).toBeUndefined();
    expect(events.map(({ type }) => type)).toEqual(["worker-start", "worker-ready"]);
  });

  test("tells the model what it needs to know", async () => {
    const { worker, home } = await startActs({ settings: { threads: 1 } });
    const progress: unknown[] = [];
    const image: Image = { ...ramp(), axes: "zyx", shape: [1, 3, 4], pixelSize: { z: 2 } };
    const result = await worker.run(image, { act: "facts" }, { onProgress: (step) => progress.push(step) });
    expect(result.provenance.worker).toMatchObject({
      axes: "zyx",
      pixelSize: { z: 2 },
      shape: [1, 3, 4],
      writeable: false,
      params: { act: "facts", text: "", add: 0 },
      load: { start: "well" },
      device: "cpu",
      threads: 1,
      omp: "1",
      cache: join(home, "cache", "acts"),
      cacheExists: true,
      package: acts.folder,
      number: 0.5,
      stdin: "",
      path: [join(acts.folder, "python"), runtimeFolder],
      python: null,
    });
    expect(result.warnings).toEqual(["a warning"]);
    expect(progress).toEqual([{ done: 1, total: 2, message: "half" }]);
    expect(result.labels.shape).toEqual([1, 3, 4]);
  });

  test("widens integer labels, takes any memory order, and uses its slots again", async () => {
    const { worker } = await startActs();
    const { arena, release } = acquireArena();
    for (let call = 0; call < 3; call += 1) {
      const { labels } = await worker.run(ramp(), { act: "int64" });
      expect(labels.dtype).toBe("int32");
      expect([...labels.data]).toEqual([...ramp().data]);
    }
    expect(readdirSync(arena.folder)).toHaveLength(2);
    expect(isInArena(arena, join(arena.folder, "x.npy"))).toBe(true);
    release();
  });

  test("takes images of any size, larger and smaller in turn", async () => {
    const { worker } = await startActs();
    for (const side of [1, 500, 3, 700, 701, 2]) {
      const image = ramp(side, side + 1);
      const { labels } = await worker.run(image);
      expect(Buffer.compare(Buffer.from(Int32Array.from(image.data).buffer), Buffer.from(labels.data.buffer))).toBe(0);
    }
  });

  test("runs calls one after another, in order", async () => {
    const { worker } = await startActs();
    const finished: number[] = [];
    const calls = [5, 4, 3, 2, 1].map(async (add) => {
      const { labels } = await worker.run(ramp(1, 1), { add });
      finished.push(labels.data[0]!);
    });
    expect(worker.state).toBe("busy");
    await Promise.all(calls);
    expect(finished).toEqual([5, 4, 3, 2, 1]);
    expect(worker.state).toBe("ready");
  });

  test("keeps the exchanged files where it is told", async () => {
    const folder = join(temporaryFolder(), "kept");
    const { worker } = await startActs({ keepFilesIn: folder });
    await worker.run(ramp(), { add: 7 });
    await failure(worker.run(ramp(), { act: "fail" }), "MODEL_ERROR");
    expect(readdirSync(folder).sort()).toEqual(
      ["0001-image.npy", "0001-labels.npy", "0001-messages.json", "0002-image.npy", "0002-messages.json"].map(
        (name) => `${worker.pid}-${name}`,
      ),
    );
    const labels = await readNpy(join(folder, `${worker.pid}-0001-labels.npy`));
    expect([...labels.data]).toEqual([...ramp().data].map((value) => value + 7));
    const [sent, got] = JSON.parse(readFileSync(join(folder, `${worker.pid}-0001-messages.json`), "utf8"));
    expect(sent).toMatchObject({ type: "run", id: 1, axes: "yx", params: { act: "echo", add: 7 } });
    expect(got).toMatchObject({ type: "result", id: 1, outputs: { labels: { dtype: "int32", shape: [3, 4] } } });
  });

  test("several workers share one arena, which goes with the last", async () => {
    const [first, second] = await Promise.all([startActs(), startActs()]);
    const { arena, release } = acquireArena();
    release();
    const results = await Promise.all([first.worker.run(ramp(), { add: 1 }), second.worker.run(ramp(), { add: 2 })]);
    expect(results.map(({ labels }) => labels.data[0])).toEqual([1, 2]);
    await first.worker.close();
    expect(readdirSync(arena.folder).length).toBeGreaterThan(0);
    await second.worker.close();
    expect(() => readdirSync(arena.folder)).toThrow("ENOENT");
  });

  test("close ends the process, twice is fine, and later calls say so", async () => {
    const { worker, events } = await startActs();
    const pid = worker.pid!;
    await worker.close();
    await worker.close();
    expect(isAlive(pid)).toBe(false);
    expect(worker.state).toBe("dead");
    expect(worker.pid).toBeNull();
    expect(events.at(-1)).toEqual({ type: "worker-end", module: "acts", pid, reason: "closed" });
    const error = await failure(worker.run(ramp()), "WORKER_CLOSED");
    expect(error.message).toBe("acts: the worker is closed");
  });
});

describe("refuses before anything is sent", () => {
  test.each([
    [
      "dtype",
      { ...ramp(), dtype: "float64", data: new Float64Array(12) } as Image,
      "takes uint8, uint16, float32, the image is float64",
    ],
    [
      "rank",
      { ...ramp(), axes: "cyx", shape: [2, 2, 3] } as Image,
      "takes images with axes yx or zyx, this one has axes cyx (2 x 2 x 3)",
    ],
    ["axes", { ...ramp(), axes: "yxz" } as Image, 'the axes "yxz" do not fit an array of 2 dimensions'],
    ["length", { ...ramp(), shape: [5, 5] } as Image, "the data has 12 elements, the shape 5 x 5 needs 25"],
    ["nothing", { ...ramp(), shape: [0, 4], data: new Uint16Array(0) } as Image, "the image is empty (0 x 4)"],
  ])("a wrong %s", async (_, image, words) => {
    const { worker } = await startActs();
    const { arena, release } = acquireArena();
    const error = await failure(worker.run(image), "INPUT_REJECTED");
    expect(error.message).toContain(words);
    expect(readdirSync(arena.folder)).toEqual([]);
    release();
    await expectWorks(worker);
    fault("Data and slots", `an image with a wrong ${_}`, `${error.code} before anything is written to a slot`);
  });

  test("a wrong parameter", async () => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { ad: 1 } as object), "PARAMS_INVALID");
    expect(error.message).toBe("acts: ad: no such parameter; did you mean add?");
    const late = await failure(worker.run(ramp(), { start: "other" }), "PARAMS_INVALID");
    expect(late.message).toContain("start is chosen when the worker starts");
    await expectWorks(worker);
  });
});

describe("what the model returns is checked", () => {
  test.each([
    ["wrong_shape", "OutputError: labels has shape (1, 1), the image has (3, 4)"],
    ["wrong_dtype", "OutputError: labels has dtype float32, labels are whole numbers (int32)"],
    ["too_large", "OutputError: labels has values from 2147483648 to 2147483648, labels must fit into int32"],
    ["undeclared", "OutputError: the model returned an output 'extra' that the module does not declare; it declares labels"],
  ])("%s", async (act, words) => {
    const { worker } = await startActs();
    const error = await failure(worker.run(ramp(), { act }), "MODEL_ERROR");
    expect(error.message).toBe(`acts: ${words}`);
    await expectWorks(worker);
  });
});

describe("the labels of an adapted image", () => {
  test("get the axes of the caller's image", async () => {
    const { worker } = await startActs();
    const image: Image = { ...ramp(3, 4), axes: "cyxz", shape: [1, 3, 4, 1] };
    const { labels, provenance } = await worker.run(image);
    expect((labels as Labels).axes).toBe("yxz");
    expect(labels.shape).toEqual([3, 4, 1]);
    expect(provenance.adaptations.length).toBeGreaterThan(0);
    expect([...labels.data]).toEqual([...image.data]);
  });
});
