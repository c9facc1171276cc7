import { execFile } from "node:child_process";
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createNdArray, type Image, type Labels, type Provenance, writeNpy } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readImage, summarizeObjects, writeLabels, writeOverlay, writeRunJson } from "../src/index.ts";
import { writeStack } from "../src/tiff/write-stack.ts";
import { asNobody } from "./support/as-nobody.ts";
import { imagingPython, runScript } from "./support/python.ts";

const run = promisify(execFile);

/** Labels of which each pixel is one of `count` ids, all of them used. */
function labelsOf(axes: string, shape: readonly number[], count: number): Labels {
  const array = createNdArray("int32", shape);
  for (let index = 0; index < array.data.length; index += 1) array.data[index] = index % (count + 1);
  return { ...array, axes };
}

let root: string;
let folder: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal write "));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(root, "test "));
});

const leftovers = async (): Promise<string[]> => (await readdir(folder)).filter((name) => name.includes("partial"));

describe("labels", () => {
  let python: string;
  beforeAll(async () => {
    python = await imagingPython();
  });

  async function asOthersRead(path: string, labels: Labels): Promise<Record<string, unknown>> {
    const truth = join(folder, "truth.npy");
    await writeNpy(truth, labels);
    return JSON.parse(await runScript(python, "read_labels.py", path, truth)) as Record<string, unknown>;
  }

  it.each([
    ["yx", [300, 217], 65_535 - 500, "uint16"],
    ["yx", [257, 256], 65_535, "uint16"],
    ["yx", [257, 257], 65_536, "uint32"],
    ["zyx", [7, 41, 39], 300, "uint16"],
    ["tyx", [3, 41, 39], 300, "uint16"],
    ["tzyx", [2, 3, 41, 39], 300, "uint16"],
    ["yx", [1, 1], 1, "uint16"],
    ["yx", [3, 30_011], 9, "uint16"],
  ] as const)("%s %j with %d objects are read back equal by tifffile as TIFF", async (axes, shape, count, dtype) => {
    const labels = { ...labelsOf(axes, shape, count), pixelSize: { x: 0.325, y: 0.5, z: 2 } };
    const path = join(folder, "labels.tif");
    expect(await writeLabels(path, labels)).toEqual({ path, format: "tiff", dtype });
    const found = await asOthersRead(path, labels);
    expect(found).toMatchObject({
      dtype,
      shape,
      equal: true,
      isBig: false,
      axes: axes.toUpperCase(),
      compression: "ADOBE_DEFLATE",
    });
    expect(found.imagej).toMatchObject({ unit: "micron", spacing: 2 });
    const [x, y] = found.resolution as [number, number];
    expect(1 / x).toBeCloseTo(0.325, 8);
    expect(1 / y).toBeCloseTo(0.5, 8);
    const image = await readImage(path);
    expect(image).toMatchObject({ axes, shape, dtype });
    expect(image.pixelSize).toEqual(axes.includes("z") ? { x: 0.325, y: 0.5, z: 2 } : { x: 0.325, y: 0.5 });
    expect([...image.data].every((id, index) => id === labels.data[index])).toBe(true);
  });

  it("are put into ImageJ's order of axes", async () => {
    const labels = labelsOf("yxz", [5, 6, 4], 100);
    const path = join(folder, "labels.tif");
    await writeLabels(path, labels);
    const image = await readImage(path);
    expect(image).toMatchObject({ axes: "zyx", shape: [4, 5, 6] });
    expect(image.data[3 * 30 + 2 * 6 + 1]).toBe(labels.data[(2 * 6 + 1) * 4 + 3]);
  });

  it("name no unit without a pixel size", async () => {
    const labels = labelsOf("zyx", [3, 9, 8], 20);
    const path = join(folder, "labels.tiff");
    await writeLabels(path, labels);
    const found = await asOthersRead(path, labels);
    expect(found).toMatchObject({ equal: true, resolution: [1, 1], axes: "ZYX" });
    expect(found.imagej).not.toHaveProperty("unit");
    expect((await readImage(path)).pixelSize).toBeUndefined();
  });

  it("are int32 as .npy", async () => {
    const labels = labelsOf("zyx", [3, 300, 217], 70_000);
    const path = join(folder, "labels.npy");
    expect(await writeLabels(path, labels)).toEqual({ path, format: "npy", dtype: "int32" });
    expect(await asOthersRead(path, labels)).toMatchObject({ dtype: "int32", shape: [3, 300, 217], equal: true });
  });

  it("can be BigTIFF", async () => {
    const labels = labelsOf("zyx", [2, 50, 40], 3000);
    const path = join(folder, "big.tif");
    const rows = (from: number, to: number): Uint8Array =>
      new Uint8Array(Uint16Array.from(labels.data.subarray(from * 40, to * 40)).buffer);
    const one = [1, 1] as const;
    const description = "ImageJ=1.54f\nimages=2\nslices=2\n";
    await writeStack(path, {
      pages: 2,
      height: 50,
      width: 40,
      bitsPerSample: 16,
      rows,
      description,
      resolution: [one, one],
      isBig: true,
    });
    expect(await asOthersRead(path, labels)).toMatchObject({ isBig: true, pages: 2, equal: true });
    expect((await readImage(path)).shape).toEqual([2, 50, 40]);
  });

  it("are refused where they are none", async () => {
    const path = join(folder, "labels.tif");
    const negative = labelsOf("yx", [2, 2], 3);
    negative.data[0] = -1;
    await expect(writeLabels(path, negative)).rejects.toMatchObject({ code: "INPUT_REJECTED" });
    await expect(writeLabels(path, labelsOf("yx", [0, 2], 3))).rejects.toMatchObject({ code: "INPUT_REJECTED" });
    await expect(writeLabels(path, labelsOf("zy", [2, 2], 3))).rejects.toMatchObject({ code: "INPUT_REJECTED" });
    await expect(writeLabels(join(folder, "labels.jpg"), labelsOf("yx", [2, 2], 3))).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      message: expect.stringContaining("labels have no format with the extension .jpg"),
      hint: "end the name in .tif, .ome.tif, .zarr or .npy",
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("places that cannot be written", () => {
  const labels = labelsOf("yx", [64, 64], 900);
  const image: Image = { ...labels, data: Uint16Array.from(labels.data), dtype: "uint16" };

  it("are named with the cause and the next step", async () => {
    await expect(writeLabels(join(folder, "none", "labels.tif"), labels)).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      message: expect.stringMatching(/labels\.tif could not be written: its folder does not exist$/),
      hint: `create the folder ${join(folder, "none")} first, or choose another`,
    });
    await mkdir(join(folder, "taken.png"));
    await expect(writeOverlay(join(folder, "taken.png"), image, labels)).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      message: expect.stringMatching(/taken\.png could not be written: a folder has this name$/),
    });
    await writeFile(join(folder, "file"), "");
    await expect(writeLabels(join(folder, "file", "labels.npy"), labels)).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      message: expect.stringContaining("a part of its path is a file, not a folder"),
    });
    expect(await leftovers()).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("include folders that may not be written to", async () => {
    for (const path of [root, folder]) await chmod(path, 0o755);
    const locked = join(folder, "locked");
    await mkdir(locked, { mode: 0o555 });
    for (const name of ["labels.tif", "labels.npy"]) {
      const error: unknown = await asNobody(() => writeLabels(join(locked, name), labels)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: "OUTPUT_UNWRITABLE",
        message: `${join(locked, name)} could not be written: no permission`,
        hint: "choose a folder that you may write to, or change its permissions",
      });
    }
    expect(await readdir(locked)).toEqual([]);
  });

  it("include the input, under any of its names", async () => {
    const input = join(folder, "input.tif");
    await writeLabels(input, labels);
    const before = await readFile(input);
    await symlink(input, join(folder, "link.tif"));
    await link(input, join(folder, "hard.tif"));
    for (const name of ["input.tif", "link.tif", "hard.tif", join("..", folder.split(/[\\/]/).at(-1)!, "input.tif")]) {
      await expect(writeLabels(join(folder, name), labels, { inputs: [input] })).rejects.toMatchObject({
        code: "OUTPUT_UNWRITABLE",
        message: expect.stringContaining(`it is the input ${input}`),
      });
    }
    expect(await readFile(input)).toEqual(before);
    fault("Files", "the output is the input, under any of its names", "refused; the input stays");
  });

  it("do not include links to other files, which stay links", async () => {
    const target = join(folder, "target.tif");
    await writeFile(target, "old");
    await symlink(target, join(folder, "link.tif"));
    await writeLabels(join(folder, "link.tif"), labels);
    expect((await readImage(target)).shape).toEqual([64, 64]);
  });

  it("leave nothing behind when the disk fills up", async ({ skip }) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    const mounted = await run("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).catch(() => null);
    if (mounted === null) return skip("skipped: this user may not mount a small disk");
    try {
      const noise = createNdArray("int32", [400, 400]);
      for (let index = 0; index < noise.data.length; index += 1) noise.data[index] = (index * 7919) % 65_521;
      const many: Labels = { ...noise, axes: "yx" };
      const pixels: Image = { ...many, data: Uint16Array.from(many.data), dtype: "uint16" };
      const full = { code: "OUTPUT_UNWRITABLE", message: expect.stringMatching(/could not be written: the disk is full$/) };
      await expect(writeLabels(join(disk, "labels.tif"), many)).rejects.toMatchObject(full);
      await expect(writeLabels(join(disk, "labels.npy"), many)).rejects.toMatchObject(full);
      await expect(writeOverlay(join(disk, "overlay.png"), pixels, many)).rejects.toMatchObject(full);
      expect(await readdir(disk)).toEqual([]);
    } finally {
      await run("umount", [disk]);
    }
    fault("Files", "the disk fills up while labels are written", "an error that names it; no partial file under the final name");
  });
});

describe("overlays", () => {
  const labels = labelsOf("yx", [20, 30], 0);
  for (let y = 5; y < 15; y += 1) labels.data.fill(1, y * 30 + 4, y * 30 + 14);
  for (let y = 5; y < 15; y += 1) labels.data.fill(2, y * 30 + 14, y * 30 + 24);
  const image: Image = { ...labels, data: Uint16Array.from(labels.data, (id) => 100 + id * 50), dtype: "uint16" };

  it("outline each object in a colour of its own on grey", async () => {
    const path = join(folder, "overlay.png");
    expect(await writeOverlay(path, image, labels)).toEqual({ path, width: 240, height: 160, notes: [] });
    const picture = await readImage(path);
    expect(picture).toMatchObject({ axes: "yxc", shape: [160, 240, 3], dtype: "uint8" });
    const colourAt = (x: number, y: number): number[] =>
      [...picture.data.subarray((y * 240 + x) * 3, (y * 240 + x) * 3 + 3)].map(Number);
    const [left, right] = [colourAt(4 * 8, 80), colourAt(24 * 8 - 1, 80)];
    expect(Math.max(...left) - Math.min(...left)).toBeGreaterThan(60);
    expect(Math.max(...right) - Math.min(...right)).toBeGreaterThan(60);
    expect(Math.hypot(...left.map((value, channel) => value - right[channel]!))).toBeGreaterThan(100);
    // between the objects each has its own line; inside them and outside there is the grey of the image
    expect(colourAt(14 * 8 - 1, 80)).toEqual(left);
    expect(colourAt(14 * 8, 80)).toEqual(right);
    expect(new Set(colourAt(9 * 8, 80)).size).toBe(1);
    expect(colourAt(4, 4)).toEqual([0, 0, 0]);
  });

  it("say what a flat picture cannot show", async () => {
    const stack: Labels = { ...labelsOf("zyx", [5, 9, 8], 3) };
    const pixels: Image = { ...createNdArray("float32", [2, 5, 9, 8]), axes: "czyx" };
    const { notes } = await writeOverlay(join(folder, "a.png"), pixels, stack, { channel: 1 });
    expect(notes).toEqual(["shows plane 3 of 5", "shows channel 1 of 2"]);
    await expect(writeOverlay(join(folder, "a.png"), pixels, stack, { channel: 2 })).rejects.toMatchObject({
      code: "INPUT_REJECTED",
      hint: "give a channel from 0 to 1",
    });
    await expect(writeOverlay(join(folder, "a.png"), image, stack)).rejects.toMatchObject({ code: "INPUT_REJECTED" });
    await expect(writeOverlay(join(folder, "a.tif"), image, labels)).rejects.toMatchObject({ hint: "end the name in .png" });
  });

  it("are drawn of any image: constant, not finite, one pixel, RGB", async () => {
    const data = new Float32Array(600).fill(Number.NaN);
    data[3] = Number.POSITIVE_INFINITY;
    await writeOverlay(join(folder, "nan.png"), { ...labels, data, dtype: "float32" }, labels);
    await writeOverlay(join(folder, "flat.png"), { ...labels, data: new Uint8Array(600), dtype: "uint8" }, labels);
    const one = labelsOf("yx", [1, 1], 1);
    await writeOverlay(join(folder, "one.png"), { ...one, data: new Uint8Array(1), dtype: "uint8" }, one);
    const rgb: Image = { data: new Uint8Array(1800).fill(77), shape: [20, 30, 3], dtype: "uint8", axes: "yxc" };
    await writeOverlay(join(folder, "rgb.png"), rgb, labels);
    expect([...(await readImage(join(folder, "rgb.png"))).data.subarray(0, 3)]).toEqual([77, 77, 77]);
  });
});

describe("the record of a run", () => {
  it("says everything that is needed to run it again", async () => {
    const labels = { ...labelsOf("yx", [4, 5], 3), pixelSize: { x: 0.5, y: 0.5 } };
    const device = { used: "cpu", requested: "auto", reason: "no GPU was found" };
    const timing = { queueMs: 0, transferMs: 1, loadMs: 2, computeMs: 3, totalMs: 6 };
    const provenance: Provenance = {
      module: "threshold",
      version: "1.0.0",
      lockSha256: "ab",
      environment: "4c7c",
      profile: "default",
      accelerator: "cpu",
      python: "3.11.9",
      operation: "run",
      params: { level: "otsu" },
      device,
      inputSha256: "cd",
      input: { axes: "yx", shape: [4, 5], dtype: "uint16" },
      adaptations: [],
      weights: [],
      worker: { numpy: "2.3.5" },
    };
    const path = join(folder, "cells.run.json");
    const input = join(root, "cells.tif");
    const outputs = { labels: join(folder, "cells_labels.tif"), overlay: null };
    const objects = summarizeObjects(labels);
    const record = await writeRunJson(path, {
      input,
      objects,
      pixelSize: labels.pixelSize,
      provenance,
      device,
      timing,
      warnings: ["w"],
      outputs,
    });
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual(record);
    expect(record).toMatchObject({
      format: "parfocal-run",
      input: { path: "../cells.tif", sha256: "cd", axes: "yx", shape: [4, 5], pixelSize: { x: 0.5, y: 0.5 } },
      module: "threshold",
      params: { level: "otsu" },
      objects: { count: 3 },
      outputs: { labels: "cells_labels.tif" },
      timing,
      warnings: ["w"],
      environment: { key: "4c7c", lockSha256: "ab" },
    });
    expect(record.outputs).not.toHaveProperty("overlay");
    await expect(
      writeRunJson(path, { input: path, objects, provenance, device, timing, warnings: [], outputs }),
    ).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
  });
});
