import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Labels, readNpy, writeNpy } from "@parfocal/core";
import { upstreamPython } from "@parfocal/parity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { traceOutlines, writeGeoJson, writeRois } from "../src/index.ts";
import { runScript } from "./support/python.ts";

let folder: string;
let python: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal outlines "));
  python = await upstreamPython(fileURLToPath(new URL("python", import.meta.url)));
});
afterAll(() => rm(folder, { recursive: true }));

const flat = (shape: readonly [number, number], idOf: (x: number, y: number) => number): Labels => ({
  data: Int32Array.from({ length: shape[0] * shape[1] }, (_, at) => idOf(at % shape[1], Math.floor(at / shape[1]))),
  shape,
  dtype: "int32",
  axes: "yx",
});

/** Objects of one pixel, with holes, in pieces, touching each other and themselves in corners. */
const crowded = flat([61, 83], (x, y) =>
  ((x * 7919 + y * 104_729 + x * y * 31) >>> 2) % 5 === 0 ? 0 : 1 + ((x >> 4) + 8 * (y >> 4)),
);
const single = flat([5, 5], (x, y) => (x === 2 && y === 3 ? 70_001 : 0));

async function drawnBlobs(): Promise<Labels> {
  const path = fileURLToPath(new URL("../../../modules/threshold/python/sample/blobs_labels.npy", import.meta.url));
  const { data, shape } = await readNpy(path);
  return { data: Int32Array.from(data as Iterable<number>), shape, dtype: "int32", axes: "yx" };
}

async function asOthersRead(path: string, labels: Labels, [x, y] = [0, 0]): Promise<Record<string, unknown>> {
  const truth = join(folder, "labels.npy");
  await writeNpy(truth, labels);
  return JSON.parse(await runScript(python, "read_outlines.py", truth, path, `${x}`, `${y}`)) as Record<string, unknown>;
}

describe("ImageJ ROIs, read by roifile", () => {
  it("fill exactly the pixels of their objects, with holes and in pieces", async () => {
    const path = join(folder, "crowded.zip");
    const count = traceOutlines(crowded).length;
    expect(await writeRois(path, crowded)).toEqual({ path, count });
    expect(await asOthersRead(path, crowded)).toMatchObject({
      count,
      equal: true,
      names: ["0001", "0002", "0003"],
      kinds: ["RECT composite", "TRACED simple"],
    });
  });

  it("are traced selections where objects are in one piece", async () => {
    const blobs = await drawnBlobs();
    const path = join(folder, "blobs.zip");
    await writeRois(path, blobs);
    expect(await asOthersRead(path, blobs)).toMatchObject({ count: 16, equal: true, kinds: ["TRACED simple"] });
  });

  it("are named by ids of any size, and an object of one pixel has one", async () => {
    const path = join(folder, "single.zip");
    await writeRois(path, single);
    expect(await asOthersRead(path, single)).toMatchObject({
      count: 1,
      equal: true,
      names: ["70001"],
      boundsOfFirst: [2, 3, 3, 4],
    });
  });

  it.each([
    [70_000, 123_456],
    [-6000, -40_000],
  ] as const)("keep coordinates outside ImageJ's whole ones: %d, %d", async (x, y) => {
    for (const labels of [crowded, await drawnBlobs()]) {
      const path = join(folder, "far.zip");
      await writeRois(path, labels, { offset: [x, y] });
      expect(await asOthersRead(path, labels, [x, y])).toMatchObject({ equal: true });
    }
  });

  it("replace an earlier set: deleted objects do not come back", async () => {
    const path = join(folder, "again.zip");
    await writeRois(path, crowded);
    await writeRois(path, single);
    expect(await asOthersRead(path, single)).toMatchObject({ count: 1, equal: true });
    const bytes = await readFile(path);
    await writeRois(path, single);
    expect(await readFile(path)).toEqual(bytes);
  });

  it("are not written of volumes, which is said", async () => {
    const volume = { ...crowded, axes: "zyx", shape: [61, 1, 83] } as const;
    await expect(writeRois(join(folder, "volume.zip"), volume)).rejects.toMatchObject({
      code: "INPUT_REJECTED",
      message: 'labels of axes "zyx" and shape 61 x 1 x 83 have no flat outlines',
      hint: expect.stringContaining("save objects of a stack as labels"),
    });
    await expect(writeRois(join(folder, "volume.roi"), crowded)).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      hint: "end the name in .zip",
    });
    expect((await readdir(folder)).filter((name) => name.startsWith("volume"))).toEqual([]);
  });
});

describe("GeoJSON for QuPath, read by shapely", () => {
  it.each([
    ["crowded", [0, 0]],
    ["crowded", [70_000, 12]],
    ["blobs", [5, 7]],
  ] as const)("has valid shapes of exactly the objects' pixels: %s at %j", async (name, offset) => {
    const labels = name === "crowded" ? crowded : await drawnBlobs();
    const path = join(folder, `${name}.geojson`);
    const { count } = await writeGeoJson(path, labels, { offset });
    expect(await asOthersRead(path, labels, [...offset])).toMatchObject({
      count,
      equal: true,
      invalid: [],
      kinds: name === "crowded" ? expect.arrayContaining(["MultiPolygon"]) : ["Polygon"],
    });
  });

  it("carries measurements, without those that are no number", async () => {
    const path = join(folder, "measured.geojson");
    const measurements = new Map([[70_001, { area: 1, area_um2: 0.25, eccentricity: Number.NaN }]]);
    await writeGeoJson(path, single, { measurements });
    expect(await asOthersRead(path, single)).toMatchObject({ equal: true, measurements: { area: 1, area_um2: 0.25 } });
  });

  it("is a collection of nothing without objects", async () => {
    const empty = flat([4, 4], () => 0);
    const path = join(folder, "empty.geojson");
    expect(await writeGeoJson(path, empty)).toEqual({ path, count: 0 });
    expect(await asOthersRead(path, empty)).toMatchObject({ count: 0, equal: true });
    await expect(writeGeoJson(join(folder, "x.txt"), empty)).rejects.toMatchObject({ hint: "end the name in .geojson" });
  });

  it("scales outlines of a reduced image to the whole one", async () => {
    const path = join(folder, "scaled.geojson");
    await writeGeoJson(path, single, { scale: 4, offset: [100, 200] });
    const text = await readFile(path, "utf8");
    expect(JSON.parse(text).features[0].geometry.coordinates).toEqual([
      [
        [108, 212],
        [112, 212],
        [112, 216],
        [108, 216],
        [108, 212],
      ],
    ]);
  });
});
