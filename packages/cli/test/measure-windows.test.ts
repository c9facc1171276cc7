import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Image, type Labels, type Measurer, writeNpy } from "@parfocal/core";
import { fixture } from "@parfocal/fixtures";
import { readImage, readLabels, writeLabels } from "@parfocal/io";
import { measure } from "@parfocal/measure";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMicroscopeReaders } from "../src/inputs/microscope-readers.ts";
import { measureWindows } from "../src/measure/measure-windows.ts";
import { openLargePlane } from "../src/measure/open-large-plane.ts";

const [height, width] = [1100, 900];
const pixelSize = { y: 0.5, x: 0.25 };

let folder: string;
let worker: Measurer;
let labels: Labels;
let image: Image;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal windows "));
  worker = (await measure.start()) as Measurer;
  labels = await repeatedLabels();
  image = await repeatedImage();
  await writeLabels(join(folder, "labels.tif"), labels);
  await writeNpy(join(folder, "image.npy"), image);
});
afterAll(async () => {
  await worker?.close();
  await rm(folder, { recursive: true });
});

/** Nuclei that people drew, again and again with other ids; one id in two places far apart, and one object from top to bottom. */
async function repeatedLabels(): Promise<Labels> {
  const truth = await readLabels((await fixture("stardist")).path("mask2d.tif"));
  const [rows = 0, columns = 0] = truth.shape;
  const data = new Int32Array(height * width);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const id = (truth.data as Int32Array)[(y % rows) * columns + (x % columns)]!;
      const tile = Math.floor(y / rows) * 10 + Math.floor(x / columns);
      data[y * width + x] = id === 0 ? 0 : id + 1000 * tile;
    }
    data[y * width + 700] = 5;
  }
  for (const top of [20, 1050]) data.fill(999_999, top * width + 400, top * width + 420);
  return { data, shape: [height, width], dtype: "int32", axes: "yx", pixelSize };
}

async function repeatedImage(): Promise<Image> {
  const grey = await readImage((await fixture("stardist")).path("img2d.tif"));
  const [rows = 0, columns = 0] = grey.shape;
  const data = Uint16Array.from({ length: height * width }, (_, at) => {
    const [y, x] = [Math.floor(at / width), at % width];
    return Number(grey.data[(y % rows) * columns + (x % columns)]) + (y % 7) * 3;
  });
  return { data, shape: [height, width], dtype: "uint16", axes: "yx" };
}

const properties = ["area", "bbox", "centroid", "centroid_weighted", "perimeter", "solidity", "touches_edge", "intensity_mean"];
const open = (withImage: boolean, mostPixels: number) =>
  openLargePlane(measure.handle.manifest, {
    labels: join(folder, "labels.tif"),
    image: withImage ? join(folder, "image.npy") : null,
    reading: {},
    microscopes: createMicroscopeReaders({ cwd: folder, signal: new AbortController().signal }),
    pixelSize: undefined,
    mostPixels,
  });

describe("labels that are measured window by window", () => {
  it.each([
    ["with an image", true, 200 * width],
    ["without", false, 64 * width],
  ])("have the table of the whole, %s", async (_, withImage, mostPixels) => {
    await using plane = await open(withImage, mostPixels);
    const progress: number[] = [];
    const parts = await measureWindows(worker, plane!, { properties }, (done, total) => progress.push(done / total));
    const whole = await worker.measure(labels, withImage ? { ...image, pixelSize } : null, { properties });
    expect(parts!.columns.map(({ name, unit, type }) => [name, unit, type])).toEqual(
      whole.columns.map(({ name, unit, type }) => [name, unit, type]),
    );
    const ids = parts!.columns[0]!.values;
    expect(ids).toHaveLength(new Set(labels.data as Int32Array).size - 1);
    expect(ids).toContain(999_999);
    for (const [index, { name, values }] of whole.columns.entries()) {
      const found = parts!.columns[index]!.values;
      const worst = Math.max(...values.map((value, row) => Math.abs(value - found[row]!) / Math.max(1, Math.abs(value))));
      expect(worst, name).toBeLessThan(1e-9);
    }
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it("are read whole where an object is too large, the image is another, or parts cannot be read", async () => {
    await using plane = await open(false, 200);
    expect(await measureWindows(worker, plane!, { properties })).toBeNull();
    expect(await open(true, 2 ** 24)).toBeNull();
    await writeNpy(join(folder, "image.npy"), { ...image, shape: [width, height] });
    expect(await open(true, 200 * width)).toBeNull();
  });

  it("refuses a window that does not lie in the whole", async () => {
    const part: Labels = { data: new Int32Array(6), shape: [2, 3], dtype: "int32", axes: "yx" };
    await expect(worker.measure(part, null, {}, { window: { origin: [9, 0], shape: [10, 10] } })).rejects.toThrow(
      "measure: a window of 2 x 3 from 9, 0 does not lie in labels of 10 x 10",
    );
  });
});
