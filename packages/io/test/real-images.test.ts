import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashArray, type Labels, readNpy } from "@parfocal/core";
import { describeShared } from "@parfocal/fixtures";
import { afterAll, beforeAll, expect, it } from "vitest";
import { probeImage, readImage, summarizeObjects, writeLabels, writeOverlay } from "../src/index.ts";
import { imagingPython, runScript } from "./support/python.ts";

type Found = Readonly<Record<string, { readonly shape: readonly number[]; readonly dtype: string; readonly sha256: string }>>;

describeShared("real microscope images", (data) => {
  let folder: string;
  let python: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal real "));
    python = await imagingPython();
  });
  afterAll(() => rm(folder, { recursive: true }));

  const imagesIn = (name: string, count = Number.POSITIVE_INFINITY): string[] =>
    readdirSync(join(data, name))
      .filter((file) => /\.(tif|png)$/.test(file))
      .slice(0, count)
      .map((file) => join(data, name, file));

  async function labelsAt(path: string): Promise<Labels> {
    const image = await readImage(join(data, path));
    return { ...image, data: Int32Array.from(image.data as Uint16Array), dtype: "int32" };
  }

  it("have the pixels that tifffile and Pillow read", async () => {
    const paths = [
      ...["stardist-samples", "bacteria", "pancreatic-cells", "nuclei-broad"].flatMap((name) => imagesIn(name)),
      ...imagesIn("dsb2018-fluo/val/images", 20),
      ...imagesIn("dsb2018-fluo/val/labels", 20),
    ];
    expect(paths.length).toBeGreaterThan(48);
    const truth = JSON.parse(await runScript(python, "read_images.py", ...paths)) as Found;
    for (const path of paths) {
      const image = await readImage(path);
      const { shape, dtype, sha256 } = truth[path]!;
      expect({ path, shape: image.shape, dtype: image.dtype, sha256: hashArray(image) }).toEqual({ path, shape, dtype, sha256 });
    }
  });

  it("have the pixels of the array beside them, and their pixel size", async () => {
    const image = await readImage(join(data, "pancreatic-cells", "exampleImage.tif"));
    const array = await readNpy(join(data, "pancreatic-cells", "exampleImage.npy"));
    expect(array.shape).toEqual([1, 576, 720, 1]);
    expect([...image.data].every((value, index) => Number(value) === Number(array.data[index]))).toBe(true);
    expect(image.pixelSize).toEqual({ x: 1.6, y: 1.6 });
  });

  it("name what is guessed of a stack without axes", async () => {
    const path = join(data, "stardist-samples", "img3d.tif");
    expect(await probeImage(path)).toEqual({
      format: "tiff",
      axes: "zyx",
      shape: [31, 61, 57],
      dtype: "uint16",
      pages: 31,
      notes: ["axes taken as zyx: nothing in the file names them (31 x 61 x 57)"],
    });
  });

  it("are told by name where their format is not read", async () => {
    await expect(readImage(join(data, "microscope-formats", "nuclei.nd2"))).rejects.toThrow("it is an ND2 of NIS-Elements");
    await expect(readImage(join(data, "microscope-formats", "nuclei.czi"))).rejects.toThrow("it is a CZI of ZEISS ZEN");
  });

  it("keep every object of their labels through a TIFF, and can be drawn", async () => {
    const labels = await labelsAt("stardist-samples/mask2d.tif");
    const image = await readImage(join(data, "stardist-samples", "img2d.tif"));
    expect(summarizeObjects(labels).count).toBe(125);
    await writeLabels(join(folder, "labels.tif"), labels, { pixelSize: { x: 0.325, y: 0.325 } });
    const again = await readImage(join(folder, "labels.tif"));
    expect(again).toMatchObject({ dtype: "uint16", pixelSize: { x: 0.325, y: 0.325 } });
    expect([...again.data].every((id, index) => id === labels.data[index])).toBe(true);
    expect(await writeOverlay(join(folder, "overlay.png"), image, labels)).toMatchObject({
      width: 1024,
      height: 1024,
      notes: [],
    });
    const volume = await labelsAt("stardist-samples/mask3d.tif");
    const stack = await readImage(join(data, "stardist-samples", "img3d.tif"));
    const { notes } = await writeOverlay(join(folder, "overlay3d.png"), stack, volume);
    expect(notes).toEqual(["shows plane 16 of 31"]);
  });
});
