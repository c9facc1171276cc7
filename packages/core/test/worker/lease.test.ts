import { readdirSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { allocateImage } from "../../src/index.ts";
import { findMapper } from "../../src/worker/mapping.ts";
import { expectWorks, failure, mountSmall, noMount, ramp, setVariable, startActs } from "./support.ts";

const modes = ["mapped", "plain files"] as const;

function useFiles(mode: (typeof modes)[number]): void {
  if (mode === "plain files") setVariable("PARFOCAL_MAP", "off");
}

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const ownArenas = () => readdirSync("/dev/shm").filter((name) => name.split("-")[2] === String(process.pid));
const ownSlots = () => ownArenas().flatMap((name) => readdirSync(`/dev/shm/${name}`));

test("slots are mapped on this machine", ({ skip }) => {
  if (process.platform !== "linux") return skip("mapping is expected on Linux");
  expect(findMapper().reason).toBeNull();
});

describe.for(modes)("a leased result (%s)", (mode) => {
  test("holds what a private one holds, keeps it through other calls, and ends with release", async () => {
    useFiles(mode);
    const { worker } = await startActs();
    const image = ramp(40, 50);
    const first = await worker.run(image, { add: 1 }, { lease: true });
    const second = await worker.run(image, { add: 2 }, { lease: true });
    const third = await worker.run(image, { add: 3 });
    for (const [result, add] of [
      [first, 1],
      [second, 2],
      [third, 3],
    ] as const) {
      expect(result.labels).toMatchObject({ shape: [40, 50], dtype: "int32", axes: "yx" });
      expect(result.labels.data).toEqual(Int32Array.from(image.data, (value) => value + add));
    }
    const { data } = first.labels;
    first.release();
    first.release();
    expect(data).toHaveLength(0);
    expect(() => first.labels.data).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: "labels: its data were released",
        hint: "copy what you still need before release()",
      }),
    );
    expect(second.labels.data[0]).toBe(2);
    second[Symbol.dispose]();
  });

  test("stays good when its worker dies", async () => {
    useFiles(mode);
    const { worker } = await startActs();
    const image = ramp(300, 300);
    const kept = await worker.run(image, { add: 5 }, { lease: true });
    await failure(worker.run(ramp(), { act: "sigkill" }), "WORKER_CRASHED");
    await expectWorks(worker);
    await worker.close();
    expect(kept.labels.data).toEqual(Int32Array.from(image.data, (value) => value + 5));
    kept.release();
    expect(ownSlots()).toEqual([]);
    fault("Data and slots", `the worker of a leased result dies (${mode})`, "the result stays readable until it is released");
  });

  test("an image in a slot gives what an ordinary one gives, as often as it is sent", async () => {
    useFiles(mode);
    const { worker } = await startActs();
    using image = allocateImage({ shape: [20, 30], dtype: "uint16", axes: "yx" });
    expect(image.data.every((value) => value === 0)).toBe(true);
    for (const add of [0, 7]) {
      image.data.set(ramp(20, 30).data.map((value) => value + add));
      const { labels } = await worker.run(image, { add: 1 });
      expect(labels.data).toEqual(Int32Array.from(ramp(20, 30).data, (value) => value + add + 1));
    }
  });
});

test.for(modes)("outputs are copied into the caller's own arrays where they fit (%s)", async (mode) => {
  if (mode === "plain files") setVariable("PARFOCAL_MAP", "off");
  const { worker } = await startActs();
  const own = new Int32Array(50).fill(-1);
  for (const add of [1, 2]) {
    const { labels } = await worker.run(ramp(5, 6), { add }, { into: { labels: own } });
    expect(labels.data.buffer).toBe(own.buffer);
    expect(labels.data).toEqual(Int32Array.from(ramp(5, 6).data, (value) => value + add));
    expect([...own.subarray(30)]).toEqual(new Array(20).fill(-1));
  }
  for (const unfit of [new Int32Array(29), new Float32Array(50), new Uint8Array(400)]) {
    const { labels } = await worker.run(ramp(5, 6), { add: 3 }, { into: { labels: unfit } });
    expect(labels.data.buffer).not.toBe(unfit.buffer);
    expect(labels.data[1]).toBe(4);
  }
});

test("a worker uses the slot of a released result again, and that of a forgotten one", async () => {
  const { worker } = await startActs();
  const image = ramp(200, 200);
  const lend = () => worker.run(image, {}, { lease: true });
  for (let turn = 0; turn < 5; turn += 1) (await lend()).release();
  expect(ownSlots().filter((name) => !name.includes("-in"))).toHaveLength(1);
  for (let turn = 0; turn < 20; turn += 1) {
    await lend();
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve)); // finalizers run as a task of their own
  }
  expect(ownSlots().length).toBeLessThan(8);
  fault("Data and slots", "a leased result is forgotten", "its slot is used again once it was collected");
});

describe("an image in a slot", () => {
  test("is not copied: what is written to the slot's memory is what the model sees", async () => {
    const { worker } = await startActs();
    const before = ownSlots();
    using image = allocateImage({ shape: [100, 100], dtype: "uint16", axes: "yx" });
    image.data.fill(9);
    const { labels } = await worker.run(image);
    expect(labels.data.every((value) => value === 9)).toBe(true);
    expect(ownSlots().filter((name) => /-in\d/.test(name) && !before.includes(name))).toEqual([]);
  });

  test("is sent in the shape that the model takes, and a part of it is copied", async () => {
    const { worker } = await startActs();
    using image = allocateImage({ shape: [1, 6, 7], dtype: "uint16", axes: "cyx", pixelSize: { x: 0.5, y: 0.5 } });
    image.data.set(ramp(6, 7).data);
    const whole = await worker.run(image);
    expect(whole.labels).toMatchObject({ shape: [6, 7], axes: "yx", pixelSize: { x: 0.5, y: 0.5 } });
    expect([...whole.labels.data]).toEqual([...ramp(6, 7).data]);
    const part = await worker.run({ data: image.data.subarray(7), shape: [5, 7], dtype: "uint16", axes: "yx" });
    expect([...part.labels.data]).toEqual([...ramp(6, 7).data.subarray(7)]);
  });

  test("serves several workers at once", async () => {
    const [one, two] = await Promise.all([startActs(), startActs()]);
    using image = allocateImage({ shape: [64, 64], dtype: "uint16", axes: "yx" });
    image.data.set(ramp(64, 64).data);
    const results = await Promise.all([1, 2, 3, 4].map((add) => (add % 2 ? one : two).worker.run(image, { add })));
    for (const [index, { labels }] of results.entries()) expect(labels.data[5]).toBe(5 + index + 1);
  });

  test("after release: its data throw, it is not sent, and nothing is left", async () => {
    const { worker } = await startActs();
    const image = allocateImage({ shape: [32, 32], dtype: "uint16", axes: "yx" });
    await worker.run(image);
    image.release();
    await failure(worker.run(image), "USAGE");
    await expectWorks(worker);
    await worker.close();
    expect(ownArenas()).toEqual([]);
  });

  test("one with no possible shape is refused", () => {
    expect(() => allocateImage({ shape: [2, -1], dtype: "uint8", axes: "yx" })).toThrow("an image cannot have the shape (2, -1)");
  });

  test("without room in shared memory lies in a file, and is sent from there", async ({ skip }) => {
    const small = mountSmall(2);
    if (small === null) return skip(noMount);
    setVariable("PARFOCAL_ARENA_ROOT", small);
    const { worker } = await startActs();
    using image = allocateImage({ shape: [1024, 1024], dtype: "uint16", axes: "yx" });
    image.data.fill(3);
    const { labels, warnings } = await worker.run(image);
    expect(labels.data.every((value) => value === 3)).toBe(true);
    expect(warnings).toEqual([expect.stringContaining("shared memory is full")]); // the labels' slot; the image was not sent through one
    expect(readdirSync(small).flatMap((name) => readdirSync(`${small}/${name}`))).toEqual([]);
  });
});

test("a model that allocated an output and failed leaves no slot that cannot be used again", async () => {
  const { worker } = await startActs();
  await expectWorks(worker);
  const slots = ownSlots().length;
  for (let turn = 0; turn < 4; turn += 1) await failure(worker.run(ramp(), { act: "allocate_then_fail" }), "MODEL_ERROR");
  expect(ownSlots().length).toBe(slots);
  fault("Data and slots", "the model allocates an output and raises", "MODEL_ERROR; the slot is used again");
});
