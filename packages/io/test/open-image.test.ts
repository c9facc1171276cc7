import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NdArray, readNpy } from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ImageSelection, openImage, probeImage, readImage } from "../src/index.ts";
import { imagingPython, runScript } from "./support/python.ts";

describe("images that are opened and read in parts", () => {
  let folder: string;
  let stack: NdArray;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal parts "));
    await runScript(await imagingPython(), "write_sources.py", folder);
    stack = await readNpy(join(folder, "stack.npy"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);

  /** Elements of a (t, c, z, y, x) array, in order. */
  function part(t: number[], c: number[], z: number[], y: [number, number], x: [number, number]): number[] {
    const [, channels, planes, height, width] = stack.shape as [number, number, number, number, number];
    const found: number[] = [];
    for (const ti of t)
      for (const ci of c)
        for (const zi of z)
          for (let yi = y[0]; yi < y[1]; yi += 1)
            for (let xi = x[0]; xi < x[1]; xi += 1)
              found.push(Number(stack.data[(((ti * channels + ci) * planes + zi) * height + yi) * width + xi]));
    return found;
  }
  const all = { y: [0, 40] as [number, number], x: [0, 50] as [number, number] };

  it.each(["ome.ome.tif", "ome-strips.ome.tif", "stack.npy", "imagej.tif"])(
    "%s: channels, planes, times and windows",
    async (name) => {
      await using image = await openImage(at(name), name === "stack.npy" ? { axes: "tczyx" } : {});
      expect([...image.axes].sort().join("")).toBe("ctxyz");
      const cases: [ImageSelection, string, number[]][] = [
        [{ t: 1, channel: 2, z: 3 }, "yx", part([1], [2], [3], all.y, all.x)],
        [{ t: 0, channel: 1 }, "zyx", part([0], [1], [0, 1, 2, 3], all.y, all.x)],
        [{ z: 2, channel: 0 }, "tyx", part([0, 1], [0], [2], all.y, all.x)],
        [{ t: 1, z: 1, window: { y: [15, 37], x: [30, 49] } }, "cyx", part([1], [0, 1, 2], [1], [15, 37], [30, 49])],
        [{ t: 1, z: 1, channel: 0, window: { y: [39, 40], x: [0, 1] } }, "yx", part([1], [0], [1], [39, 40], [0, 1])],
      ];
      for (const [selection, axes, expected] of cases) {
        const read = await image.read(selection);
        expect({ axes: read.axes, dtype: read.dtype }).toEqual({ axes, dtype: "uint16" });
        expect([...(read.data as Uint16Array)], JSON.stringify(selection)).toEqual(expected);
      }
    },
  );

  it("joins planes: the brightest value, and the mean", async () => {
    const planes = [0, 1, 2, 3].map((z) => part([0], [1], [z], all.y, all.x));
    const brightest = await readImage(at("ome.ome.tif"), { t: 0, channel: "GFP", project: "max" });
    expect(brightest).toMatchObject({ axes: "yx", dtype: "uint16", pixelSize: { x: 0.5, y: 0.5 } });
    expect([...(brightest.data as Uint16Array)]).toEqual(planes[0]!.map((_, i) => Math.max(...planes.map((plane) => plane[i]!))));
    const mean = await readImage(at("ome.ome.tif"), { t: 0, channel: "GFP", project: "mean" });
    expect(mean.dtype).toBe("float32");
    for (const [i, value] of (mean.data as Float32Array).entries()) {
      expect(value).toBeCloseTo(planes.reduce((sum, plane) => sum + plane[i]!, 0) / 4, 1);
    }
    const flat = await readImage(at("one-strip.tif"), { project: "max" });
    expect([...(flat.data as Uint16Array)]).toEqual(part([0], [0], [0], all.y, all.x));
  });

  it("knows channels by name, also one that is a number", async () => {
    await using image = await openImage(at("ome.ome.tif"));
    expect(image).toMatchObject({ channels: ["DAPI", "GFP", "488"], pixelSize: { x: 0.5, y: 0.5, z: 2 } });
    const read = async (channel: string | number) => [...((await image.read({ t: 0, z: 0, channel })).data as Uint16Array)];
    expect(await read("488")).toEqual(part([0], [2], [0], all.y, all.x));
    expect(await read("gfp")).toEqual(part([0], [1], [0], all.y, all.x));
    expect(await read("1")).toEqual(await read(1));
    await expect(image.read({ channel: "Cy5" })).rejects.toMatchObject({
      code: "INPUT_REJECTED",
      message: `${at("ome.ome.tif")} has no channel Cy5; it has channels 0 to 2: DAPI, GFP, 488`,
    });
    await expect(image.read({ z: 4 })).rejects.toThrow("has no z 4; it has z 0 to 3");
    await expect(image.read({ level: 1 })).rejects.toThrow("has no level 1; it has level 0 alone");
    await expect(image.read({ window: { y: [0, 41], x: [0, 1] } })).rejects.toThrow(
      "has no y from 0 to 41: the image is 40 x 50",
    );
    await expect(readImage(at("one-strip.tif"), { channel: "GFP" })).rejects.toThrow("has no channel GFP; it has one channel, 0");
  });

  it("reads each image of a file with several", async () => {
    const first = await readImage(at("positions.ome.tif"));
    expect(first).toMatchObject({ axes: "zyx", shape: [4, 40, 50], notes: ["the first of 2 images in the file is read"] });
    expect((await probeImage(at("positions.ome.tif"))).positions).toEqual(["A1", "B7"]);
    const second = await readNpy(at("second.npy"));
    for (const position of [1, "B7", "1"]) {
      const image = await readImage(at("positions.ome.tif"), { position });
      expect(image).toMatchObject({ axes: "cyx", shape: [2, 33, 21], pixelSize: { x: 0.25 }, notes: [] });
      expect(image.data).toEqual(second.data);
    }
    const red = await readImage(at("positions.ome.tif"), {
      position: "B7",
      channel: "far red",
      window: { y: [3, 5], x: [0, 21] },
    });
    expect(red.data).toEqual(second.data.subarray(33 * 21 + 63, 33 * 21 + 105));
    await expect(readImage(at("positions.ome.tif"), { position: "C1" })).rejects.toMatchObject({
      code: "INPUT_REJECTED",
      message: `${at("positions.ome.tif")} has no position C1; it has positions 0 to 1: A1, B7`,
    });
    await expect(readImage(at("one-strip.tif"), { position: 1 })).rejects.toThrow("has no position 1; it has one position, 0");
  });

  it("reads the levels of pyramids, below their pages and beside them", async () => {
    for (const [name, axes] of [
      ["pyramid.ome.tif", "cyx"],
      ["pages-pyramid.tif", "yx"],
    ] as const) {
      await using image = await openImage(at(name));
      expect(image.levels).toEqual([
        { y: 40, x: 50 },
        { y: 20, x: 25 },
        { y: 10, x: 13 },
      ]);
      for (const level of [0, 1, 2]) {
        const truth = await readNpy(at(`level${level}.npy`));
        const read = await image.read({ level });
        const length = read.data.length;
        expect({ axes: read.axes, data: read.data }).toEqual({ axes, data: truth.data.subarray(0, length) });
      }
      const { y, x } = image.levels![1]!;
      const corner = await image.read({
        level: 1,
        ...(axes === "cyx" && { channel: 0 }),
        window: { y: [y - 3, y], x: [x - 2, x] },
      });
      const [level1, start] = [await readNpy(at("level1.npy")), (y - 3) * x + x - 2];
      const rows = [0, 1, 2].flatMap((row) => [...level1.data.subarray(start + row * x, start + row * x + 2)].map(Number));
      expect([...(corner.data as Uint16Array)]).toEqual(rows);
    }
    expect((await readImage(at("pyramid.ome.tif"))).pixelSize).toEqual({ x: 0.5, y: 0.5 });
    await using image = await openImage(at("pyramid.ome.tif"));
    expect((await image.read({ level: 1 })).pixelSize).toEqual({ x: 1, y: 1 });
  });

  it.each(["rgb.tif", "rgb-planar.tif"])("%s: one colour, and a window of all", async (name) => {
    const rgb = await readNpy(at("rgb.npy"));
    await using image = await openImage(at(name));
    const green = await image.read({ channel: 1, window: { y: [5, 30], x: [7, 40] } });
    const expected: number[] = [];
    for (let y = 5; y < 30; y += 1) for (let x = 7; x < 40; x += 1) expected.push(Number(rgb.data[(y * 50 + x) * 3 + 1]));
    expect({ axes: green.axes, data: [...(green.data as Uint8Array)] }).toEqual({ axes: "yx", data: expected });
    const window = await image.read({ window: { y: [39, 40], x: [48, 50] } });
    const last = [...rgb.data.subarray((39 * 50 + 48) * 3)].map(Number);
    const planar = [0, 1, 2].flatMap((c) => [last[c]!, last[3 + c]!]);
    expect([...(window.data as Uint8Array)]).toEqual(name === "rgb.tif" ? last : planar);
    expect(window.axes).toBe(name === "rgb.tif" ? "yxc" : "cyx");
  });

  it("reads big-endian BigTIFF by windows, and a window of axes that were renamed", async () => {
    const window = await readImage(at("big-endian.tif"), { z: 3, window: { y: [10, 12], x: [5, 9] } });
    expect([...(window.data as Uint16Array)]).toEqual(part([0], [0], [3], [10, 12], [5, 9]));
    const renamed = await readImage(at("one-strip.tif"), { axes: "xy", window: { y: [5, 9], x: [10, 12] } });
    expect(renamed).toMatchObject({ axes: "yx", shape: [4, 2] });
    expect(renamed.data[0]).toBe(part([0], [0], [0], [10, 11], [5, 6])[0]);
  });

  it.each(["grey", "colour", "progressive"])("%s.jpg: as libjpeg decodes it, but for rounding", async (name) => {
    const [image, truth] = [await readImage(at(`${name}.jpg`)), await readNpy(at(`${name}-jpg.npy`))];
    expect(image).toMatchObject({ shape: truth.shape, dtype: "uint8", axes: name === "grey" ? "yx" : "yxc" });
    const difference = [...(image.data as Uint8Array)].map((value, i) => Math.abs(value - Number(truth.data[i])));
    const mean = difference.reduce((sum, value) => sum + value, 0) / difference.length;
    // colour at half the resolution is enlarged smoothly by libjpeg, and by repeating here
    expect(mean).toBeLessThan(name === "progressive" ? 3 : 0.7);
    expect(Math.max(...difference)).toBeLessThanOrEqual(name === "progressive" ? 120 : 3);
    if (name === "colour") expect((await readImage(at("colour.jpg"), { channel: 2 })).shape).toEqual([64, 80]);
  });
});
