import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isParfocalError, type NdArray, readNpy } from "@parfocal/core";
import { upstreamPython } from "@parfocal/parity";
import { fault } from "@parfocal/vitest-config/fault";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openImage, probeImage, readImage } from "../src/index.ts";
import { runScript } from "./support/python.ts";

let folder: string;
let stack: NdArray;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal zarr "));
  await runScript(await upstreamPython(fileURLToPath(new URL("python", import.meta.url))), "write_zarrs.py", folder);
  stack = await readNpy(join(folder, "stack.npy"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, `${name}.zarr`);
const plane = (t: number, c: number, z: number): NdArray["data"] => {
  const start = ((t * 3 + c) * 5 + z) * 37 * 50;
  return stack.data.slice(start, start + 37 * 50);
};

describe("OME-Zarr written by zarr-python and tensorstore", () => {
  const written = [
    ...["v2-blosc", "v2-gzip", "v2-zlib", "v2-zstd", "v2-lz4", "v2-plain", "tensorstore-v2"],
    ...["v3-zstd", "v3-gzip", "v3-blosc", "v3-plain", "v3-sharded", "tensorstore-v3"],
  ];
  it.each(written)("%s has the pixels, axes, channels and pixel size that were written", async (name) => {
    await using image = await openImage(at(name));
    expect(image).toMatchObject({
      format: name.includes("v2") ? "OME-Zarr 0.4" : "OME-Zarr 0.5",
      axes: "tczyx",
      shape: [2, 3, 5, 37, 50],
      dtype: "uint16",
      channels: ["DAPI", "GFP", "Cy5"],
      pixelSize: { x: 0.25, y: 0.25, z: 2 },
      pages: 30,
      notes: [],
    });
    expect((await image.read()).data).toEqual(stack.data);
    expect((await image.read({ t: 1, channel: "GFP", z: 4 })).data).toEqual(plane(1, 1, 4));
    const window = await image.read({ t: 1, channel: 2, z: 0, window: { y: [14, 36], x: [19, 21] } });
    const whole = plane(1, 2, 0);
    expect([...(window.data as Uint16Array)]).toEqual(
      Array.from({ length: 44 }, (_, i) => Number(whole[(14 + Math.floor(i / 2)) * 50 + 19 + (i % 2)])),
    );
  });

  it("reads levels", async () => {
    await using image = await openImage(at("v3-zstd"));
    expect(image.levels).toEqual([
      { y: 37, x: 50 },
      { y: 19, x: 25 },
    ]);
    const half = await readNpy(join(folder, "half.npy"));
    const level = await image.read({ level: 1, t: 0, channel: 1 });
    expect(level.data).toEqual(half.data.slice(5 * 19 * 25, 10 * 19 * 25));
    expect(level.pixelSize?.x).toBe(0.5);
  });

  it("reads the fields of a plate, and the series of bioformats2raw", async () => {
    expect(await probeImage(at("plate"))).toMatchObject({
      axes: "yx",
      positions: ["A/1/0", "A/1/1", "B/2/0", "B/2/1"],
      notes: ["the first of 4 images in the file is read"],
    });
    expect((await readImage(at("plate"), { position: "B/2/1" })).data).toEqual(plane(1, 1, 1));
    expect((await readImage(at("plate"), { position: 2 })).data).toEqual(plane(1, 0, 1));
    expect((await readImage(at("series"), { position: 1 })).data).toEqual(plane(0, 1, 1));
    await expect(readImage(at("plate"), { position: "C/1/0" })).rejects.toThrow(
      "has no position C/1/0; it has positions 0 to 3: A/1/0, A/1/1, B/2/0, B/2/1",
    );
  });

  it("reads plain arrays of other types", async () => {
    const first = plane(1, 0, 0);
    const expected = Array.from({ length: 42 }, (_, i) => Number(first[Math.floor(i / 7) * 50 + (i % 7)]));
    for (const dtype of ["float32", "int64", "bool"]) {
      const image = await readImage(at(dtype));
      expect({ axes: image.axes, dtype: image.dtype }).toEqual({ axes: "yx", dtype });
      const values = Array.from(image.data as Iterable<number | bigint>, Number);
      expect(values).toEqual(dtype === "bool" ? expected.map((value) => Number(value > 30000)) : expected);
    }
  });
});

describe("a Zarr that is damaged or hostile", () => {
  const cases: readonly (readonly [name: string, words: string])[] = [
    ["climbs", 'it names "../../stack.zarr/0", which lies outside of it'],
    ["absolute", 'it names "/etc", which lies outside of it'],
    ["encoded", "the array %2e%2e/%2e%2e/x"],
    ["windows", 'it names "..\\..\\x", which lies outside of it'],
    ["no-array", "the array 7"],
    ["no-json", "zarr.json is not JSON"],
    ["bad-axes", "its axes are q, c, z, y, x; only t, c, z, y and x are read, each once"],
    ["no-axes", "its OME metadata are damaged: multiscales.0.axes"],
    ["huge", "more than the limit of 17179869184"],
    ["huge-chunk", "its chunks are too large to be decoded"],
    ["zero", "the image has no pixels"],
    ["codec", "secret"],
    ["cut", "its pixels"],
    ["cut-gzip", "unexpected end of file"],
    ["cut-blosc", "a chunk is cut off: it has 70 of "],
    ["cut-plain", "a chunk is cut off: it has 70 of 1280 bytes"],
    ["cut-v2", "a chunk is cut off: it has 70 of "],
    ["cut-v2-plain", "a chunk is cut off: it has 70 of 1280 bytes"],
    ["bomb-gzip", "its pixels"],
    ["bomb-zstd", "says that it becomes 268435456 bytes"],
    ["bomb-blosc", "says that it becomes 268435456 bytes"],
  ];
  it.each(cases)("%s: is refused, in bounded memory", async (name, words) => {
    const path = join(folder, "hostile", `${name}.zarr`);
    const before = process.memoryUsage().rss;
    const error: unknown = await readImage(path).catch((reason: unknown) => reason);
    expect(isParfocalError(error, "INPUT_UNREADABLE"), String(error)).toBe(true);
    expect((error as Error).message).toContain(path);
    expect((error as Error).message).toContain(words);
    expect((error as { hint: string }).hint).not.toBe("");
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20);
    fault("Files", `the input is a Zarr: ${name}`, "INPUT_UNREADABLE that says what is wrong with it");
  });
});
