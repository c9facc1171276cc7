import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { bytesOf, type NdArray, type PixelSize, readNpy } from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeImage, type ReadImage, readImage } from "../src/index.ts";
import { imagingPython, runScript } from "./support/python.ts";

interface Case {
  readonly name: string;
  readonly axes: string;
  readonly pixelSize: PixelSize | null;
  readonly tolerance: number;
  readonly notes: string;
}

describe("files written by tifffile, Pillow and numpy", () => {
  let folder: string;
  let cases: readonly Case[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal read "));
    await runScript(await imagingPython(), "write_images.py", folder);
    ({ cases } = JSON.parse(await readFile(join(folder, "cases.json"), "utf8")) as { cases: Case[] });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const truthOf = ({ name }: Case): Promise<NdArray> => readNpy(join(folder, "truth", name.replace(/\.[^.]+$/, ".npy")));

  function largestDifference(a: NdArray, b: NdArray): number {
    let largest = 0;
    for (let index = 0; index < a.data.length; index += 1) {
      largest = Math.max(largest, Math.abs(Number(a.data[index]) - Number(b.data[index])));
    }
    return largest;
  }

  it("have the pixels, axes, shape and dtype that were written", async () => {
    expect(cases.length).toBeGreaterThan(190);
    const wrong: string[] = [];
    for (const one of cases) {
      const truth = await truthOf(one);
      const image = await readImage(join(folder, one.name)).catch((error: Error) => error);
      if (image instanceof Error) {
        wrong.push(`${one.name}: ${image.message}`);
        continue;
      }
      const found = `${image.axes} ${image.shape.join("x")} ${image.dtype}`;
      const wanted = `${one.axes} ${truth.shape.join("x")} ${truth.dtype}`;
      if (found !== wanted) wrong.push(`${one.name}: ${found}, not ${wanted}`);
      else if (one.tolerance > 0 && largestDifference(image, truth) > one.tolerance)
        wrong.push(`${one.name}: pixels too far off`);
      else if (one.tolerance === 0 && Buffer.compare(bytesOf(image), bytesOf(truth)) !== 0)
        wrong.push(`${one.name}: other pixels`);
    }
    expect(wrong).toEqual([]);
  });

  it("have the pixel size that was written, in micrometres", async () => {
    for (const { name, pixelSize } of cases) {
      const { pixelSize: found } = await probeImage(join(folder, name));
      if (pixelSize === null) {
        expect({ name, found }).toEqual({ name, found: undefined });
        continue;
      }
      expect({ name, axes: Object.keys(found ?? {}).sort() }).toEqual({ name, axes: Object.keys(pixelSize).sort() });
      for (const [axis, size] of Object.entries(pixelSize)) {
        expect(found?.[axis as "x"], `${name} ${axis}`).toBeCloseTo(size, 5);
      }
    }
  });

  it("say what had to be guessed or left out, and nothing else", async () => {
    for (const { name, notes } of cases) {
      const image = await readImage(join(folder, name));
      if (notes === "") expect({ name, notes: image.notes }).toEqual({ name, notes: [] });
      else expect(image.notes.join("; "), name).toContain(notes);
    }
  });

  it("tell the same when only their heads are read", async () => {
    for (const { name } of cases) {
      const { data: _, ...image } = await readImage(join(folder, name));
      const { format, pages, levels, channels, positions, ...head } = await probeImage(join(folder, name));
      expect({ name, ...head }).toEqual({ name, ...image });
      const planes = image.shape.reduce(
        (product, length, at) => ("yx".includes(image.axes[at]!) ? product : product * length),
        1,
      );
      expect(format).toBe(extname(name).replace(".tif", ".tiff").slice(1));
      expect(planes % pages, name).toBe(0);
    }
    expect((await probeImage(join(folder, "pages.tif"))).pages).toBe(5);
    expect((await probeImage(join(folder, "imagej-contiguous-be.tif"))).pages).toBe(12);
  });

  it("have in a window of each plane what the whole image has there", async () => {
    for (const { name } of cases) {
      const whole = await readImage(join(folder, name));
      const lengthOf = (axis: string): number => whole.shape[whole.axes.indexOf(axis)]!;
      const [height, width] = [lengthOf("y"), lengthOf("x")];
      const y = [Math.floor(height / 3), Math.ceil((2 * height) / 3)] as const;
      const x = [Math.floor(width / 4), Math.ceil((3 * width) / 4)] as const;
      const part = await readImage(join(folder, name), { window: { y, x } });
      expect({ name, dtype: part.dtype, samples: part.data.length * height * width }).toEqual({
        name,
        dtype: whole.dtype,
        samples: whole.data.length * (y[1] - y[0]) * (x[1] - x[0]),
      });
      const at = (image: ReadImage, index: Readonly<Record<string, number>>): number | bigint =>
        image.data[[...image.axes].reduce((sum, axis, i) => sum * image.shape[i]! + (index[axis] ?? 0), 0)]!;
      let wrong = 0;
      for (let c = 0; c < (lengthOf("c") ?? 1); c += 1) {
        const rest = { c, z: (lengthOf("z") ?? 1) - 1, t: (lengthOf("t") ?? 1) - 1 };
        for (let row = y[0]; row < y[1]; row += 1) {
          for (let column = x[0]; column < x[1]; column += 1) {
            const value = at(part, { ...rest, y: row - y[0], x: column - x[0] });
            if (!Object.is(value, at(whole, { ...rest, y: row, x: column }))) wrong += 1;
          }
        }
      }
      expect({ name, wrong }).toEqual({ name, wrong: 0 });
    }
  });

  it("take the axes that a caller names", async () => {
    const image = await readImage(join(folder, "pages.tif"), { axes: "tyx" });
    expect(image).toMatchObject({ axes: "tyx", shape: [5, 31, 29], notes: [] });
    await expect(readImage(join(folder, "pages.tif"), { axes: "yx" })).rejects.toMatchObject({
      code: "INPUT_REJECTED",
      message: expect.stringContaining('the axes "yx" name 2 dimensions, the image has 3 (5 x 31 x 29)'),
      hint: "name each dimension in order, for example zyx",
    });
    await expect(readImage(join(folder, "pages.tif"), { axes: "qyx" })).rejects.toMatchObject({ code: "INPUT_REJECTED" });
    await expect(readImage(join(folder, "pages.tif"), { axes: "zzx" })).rejects.toMatchObject({ code: "INPUT_REJECTED" });
  });

  it("take the axes that a caller names for an array", async () => {
    const stack = join(folder, "numpy-stack.npy");
    expect(await readImage(stack, { axes: "tyx" })).toMatchObject({ axes: "tyx", shape: [5, 21, 19], notes: [] });
    expect(await probeImage(stack, { axes: "cyx" })).toMatchObject({ axes: "cyx", pages: 1, notes: [] });
    for (const axes of ["yx", "tzyx"]) {
      await expect(readImage(stack, { axes })).rejects.toMatchObject({
        code: "INPUT_REJECTED",
        message: `${stack}: the axes "${axes}" name ${axes.length} dimensions, the image has 3 (5 x 21 x 19)`,
        hint: "name each dimension in order, for example zyx",
      });
    }
    await expect(readImage(join(folder, "pillow-L.png"), { axes: "zyx" })).rejects.toMatchObject({ code: "INPUT_REJECTED" });
  });

  it("are refused over the limit before memory is taken", async () => {
    await expect(readImage(join(folder, "pages.tif"), { maxBytes: 8989 })).rejects.toMatchObject({
      code: "INPUT_UNREADABLE",
      message: expect.stringContaining("the image (5 x 31 x 29, uint16) takes 8990 bytes, more than the limit of 8989"),
    });
    for (const name of ["pillow-L.png", "numpy-stack.npy"]) {
      await expect(readImage(join(folder, name), { maxBytes: 100 })).rejects.toThrow("more than the limit of 100");
    }
  });
});
