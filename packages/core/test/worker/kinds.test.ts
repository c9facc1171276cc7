import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeNpy } from "../../src/array/npy-file.ts";
import type { Image, Labels, NdArray } from "../../src/contract/array.ts";
import type { TableColumn } from "../../src/contract/measure.ts";
import { asMeasurer, asReader } from "../../src/index.ts";
import { copyModule } from "../support/kinds.ts";
import { afterTest, failure, temporaryFolder } from "./support.ts";

const labels: Labels = { data: Int32Array.of(0, 7, 7, 0, 3, 7), shape: [2, 3], dtype: "int32", axes: "yx" };
const channels: Image<"uint16"> = {
  data: Uint16Array.from({ length: 12 }, (_, index) => index),
  shape: [2, 2, 3],
  dtype: "uint16",
  axes: "cyx",
  pixelSize: { x: 0.5, y: 0.5 },
};
const table = (columns: readonly TableColumn[]) => Object.fromEntries(columns.map(({ name, values }) => [name, [...values]]));

async function startMeasurer() {
  const worker = await asMeasurer(await copyModule("measures", temporaryFolder())).start({ device: "cpu" });
  afterTest(() => worker.close());
  return worker;
}

async function startReader() {
  const worker = await asReader(await copyModule("reads", temporaryFolder())).start({ device: "cpu" });
  afterTest(() => worker.close());
  return worker;
}

async function writeStack(folder: string, name: string, add = 0): Promise<{ path: string; pixels: NdArray<"uint16"> }> {
  const pixels = { data: Uint16Array.from({ length: 48 }, (_, i) => i + add), shape: [2, 2, 3, 4], dtype: "uint16" as const };
  const path = join(folder, name);
  await writeNpy(path, pixels);
  return { path, pixels };
}

describe("a measurer", () => {
  test("gives a table: a typed column for each property, a row for each object", async () => {
    const worker = await startMeasurer();
    const { columns, objects, provenance, timing } = await worker.measure(labels, channels);
    expect(objects).toBe(2);
    expect(columns.map(({ name, unit, type }) => [name, unit, type])).toEqual([
      ["label", null, "integer"],
      ["area", null, "integer"],
      ["area_um", "um2", "float"],
      ["touches", null, "boolean"],
      ["mean-0", null, "float"],
      ["mean-1", null, "float"],
    ]);
    expect(table(columns)).toEqual({
      label: [3, 7],
      area: [1, 3],
      area_um: [0.25, 0.75],
      touches: [0, 1],
      "mean-0": [4, (1 + 2 + 5) / 3],
      "mean-1": [10, (7 + 8 + 11) / 3],
    });
    expect(provenance).toMatchObject({ operation: "measure", params: { act: "well" }, worker: { axes: "cyx" } });
    expect(provenance.input).toEqual({ axes: "yx", shape: [2, 3], dtype: "int32" });
    expect(timing.totalMs).toBeGreaterThan(0);

    const shapes = await worker.measure({ ...labels, pixelSize: { x: 2 } });
    expect(table(shapes.columns)).toEqual({ label: [3, 7], area: [1, 3], area_um: [4, 12], touches: [0, 1] });
    const none = await worker.measure({ ...labels, data: new Int32Array(6) });
    expect([none.objects, none.columns.length]).toEqual([0, 4]);
  });

  test("gets an image over the labels' axes, and says what does not fit", async () => {
    const worker = await startMeasurer();
    const plane = { ...channels, data: channels.data.subarray(0, 6), shape: [1, 2, 3], axes: "zyx" };
    const fitted = await worker.measure(labels, plane);
    expect(fitted.provenance.adaptations).toEqual(["dropped axis z of length 1"]);
    expect(table(fitted.columns)["mean-0"]).toEqual([4, 8 / 3]);

    const other = { ...plane, shape: [3, 2], axes: "yx" };
    const wrong = await failure(worker.measure(labels, other), "INPUT_REJECTED");
    expect(wrong.message).toBe("measures: the labels are 2 x 3 (yx), the image is 3 x 2");
    await failure(worker.measure(labels, { ...plane, shape: [2, 3, 1], axes: "tyx" }), "INPUT_REJECTED");
    await failure(worker.measure(labels, null, { akt: "well" }), "PARAMS_INVALID");
    const rejected = await failure(worker.measure(labels, null, { act: "reject" }), "INPUT_REJECTED");
    expect(rejected.message).toBe("measures: these labels are no good");
    const uneven = await failure(worker.measure(labels, null, { act: "uneven" }), "MODEL_ERROR");
    expect(uneven.message).toContain("columns of 2 lengths: [2, 3]");
    const wide = await failure(worker.measure(labels, null, { act: "wide" }), "MODEL_ERROR");
    expect(wide.message).toContain("column label has whole numbers beyond 2**53");
    expect((await worker.measure(labels)).objects).toBe(2);
  });
});

describe("a reader", () => {
  test("reads headers, planes and windows", async () => {
    const [worker, { path, pixels }] = [await startReader(), await writeStack(temporaryFolder(), "a.stack")];
    const file = await worker.open(path);
    expect(file.header.positions).toEqual([
      {
        name: "only",
        axes: "tcyx",
        shape: [2, 2, 3, 4],
        dtype: "uint16",
        channels: ["DAPI", "GFP"],
        pixelSize: { x: 0.5, y: 0.5 },
      },
    ]);
    expect(await file.read({ t: 1, c: 1 })).toEqual({ data: pixels.data.slice(36), shape: [3, 4], dtype: "uint16" });
    const window = await file.read({ c: 1, window: { y: [1, 3], x: [2, 3] } });
    expect(window).toEqual({ data: Uint16Array.of(18, 22), shape: [2, 1], dtype: "uint16" });

    const noPlane = await failure(file.read({ t: 2 }), "USAGE");
    expect(noPlane.message).toBe(`${path} has no t 2; it has t 0 to 1`);
    await failure(file.read({ position: 1 }), "USAGE");
    await failure(file.read({ z: 1 }), "USAGE");
    await failure(file.read({ window: { y: [0, 4], x: [0, 1] } }), "USAGE");
    await failure(file.read({ window: { y: [1, 1], x: [0, 1] } }), "USAGE");
  });

  test("keeps files open, closes them, and sees that one has changed", async () => {
    const [worker, folder] = [await startReader(), temporaryFolder()];
    const { path } = await writeStack(folder, "a.stack");
    const first = await worker.open(path);
    expect((await worker.open(path)).header.notes).toEqual([]); // the same file, not opened again
    const { pixels } = await writeStack(folder, "a.stack", 1000);
    expect((await first.read()).data).toEqual(pixels.data.slice(0, 12));
    expect((await worker.open(path)).header.notes).toEqual(["a.stack"]);
    await first.close();
    expect((await worker.open(path)).header.notes).toEqual(["a.stack", "a.stack"]);
  });

  test("says of a damaged, a wrong and a missing file what it is", async () => {
    const [worker, folder] = [await startReader(), temporaryFolder()];
    const { path } = await writeStack(folder, "a.stack");
    writeFileSync(join(folder, "cut.stack"), "\x93NUMPY");
    const cut = await failure(worker.open(join(folder, "cut.stack")), "INPUT_UNREADABLE");
    expect(cut.message).toMatch(/cut\.stack cannot be read: .*Error: /);
    expect(cut.hint).toBe("open it in the program that wrote it, and save it again");
    const missing = await failure(worker.open(join(folder, "none.stack")), "INPUT_UNREADABLE");
    expect(missing.message).toContain("No such file or directory");
    await writeNpy(join(folder, "flat.stack"), { data: new Uint8Array(4), shape: [4], dtype: "uint8" });
    const flat = await failure(worker.open(join(folder, "flat.stack")), "INPUT_UNREADABLE");
    expect([flat.message, flat.hint]).toEqual([
      `reads: ${join(folder, "flat.stack")}: this is no stack`,
      "give one with four axes",
    ]);
    await failure(worker.open(path, { act: "header" }), "PROTOCOL_ERROR");
    const whole = await worker.open(path, { act: "whole" });
    await failure(whole.read({ window: { y: [0, 1], x: [0, 1] } }), "PROTOCOL_ERROR");
    expect((await (await worker.open(path)).read()).shape).toEqual([3, 4]);
  });
});

test("a module has the operations of its kind", async () => {
  const [measures, reads] = [await copyModule("measures", temporaryFolder()), await copyModule("reads", temporaryFolder())];
  const wrong = await failure(measures.start(), "NOT_SUPPORTED");
  expect(wrong.message).toBe("measures is a measurer, not a segmenter");
  await failure(reads.run({ ...channels, axes: "cyx" }), "NOT_SUPPORTED");
  expect(() => asReader(measures)).toThrow("measures is a measurer, not a reader");
  writeFileSync(
    join(measures.handle.folder, "python/worker.py"),
    "class Model:\n    def __init__(self, options):\n        pass\n",
  );
  const bare = await failure(asMeasurer(measures).start({ device: "cpu" }), "WORKER_START_FAILED");
  expect(bare.message).toContain("class Model has no measure, which a measurer has");
});
