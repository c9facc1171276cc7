import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createNdArray, type Labels, removePartialFiles, writeNpy } from "@parfocal/core";
import { upstreamPython } from "@parfocal/parity";
import { fault } from "@parfocal/vitest-config/fault";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readImage, readLabels, writeLabels } from "../src/index.ts";
import { runScript } from "./support/python.ts";

let folder: string;
let python: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal ome "));
  python = await upstreamPython(fileURLToPath(new URL("python", import.meta.url)));
});
afterAll(() => rm(folder, { recursive: true }));

/** Blocks of ids with background between, so that some chunks are empty. */
function blocks(axes: string, shape: readonly number[], highest: number): Labels {
  const array = createNdArray("int32", shape);
  const width = shape.at(-1)!;
  for (let at = 0; at < array.data.length; at += 1) {
    const [x, y] = [at % width, Math.floor(at / width)];
    if (x < 900 && x % 7 > 1 && y % 5 > 1) array.data[at] = 1 + ((x * 31 + y) % highest);
  }
  return { ...array, axes, pixelSize: { x: 0.325, y: 0.5, z: 2 } };
}

async function ask(script: string, path: string, labels: Labels, ...rest: string[]): Promise<Record<string, unknown>> {
  const truth = join(folder, "truth.npy");
  await writeNpy(truth, labels);
  return JSON.parse(await runScript(python, script, path, truth, ...rest)) as Record<string, unknown>;
}

describe("labels as OME-TIFF", () => {
  it.each([
    ["yx", [300, 217], 400, "uint16"],
    ["tzyx", [2, 3, 41, 39], 70_000, "uint32"],
  ] as const)("%s are read back equal by tifffile, with OME's sizes", async (axes, shape, highest, dtype) => {
    const labels = blocks(axes, shape, highest);
    if (dtype === "uint32") labels.data[0] = 70_000;
    const path = join(folder, `${axes}.ome.tif`);
    expect(await writeLabels(path, labels)).toEqual({ path, format: "ome-tiff", dtype });
    const found = await ask("read_labels.py", path, labels);
    expect(found).toMatchObject({ axes: axes.toUpperCase(), dtype, shape, equal: true, isOme: true });
    expect(found.ome).toMatchObject({ PhysicalSizeX: "0.325", PhysicalSizeY: "0.5", SizeC: "1" });
    expect(await readImage(path)).toMatchObject({
      axes,
      shape,
      pixelSize: axes === "yx" ? { x: 0.325, y: 0.5 } : { x: 0.325, y: 0.5, z: 2 },
    });
  });
});

describe("labels as OME-Zarr", () => {
  it.each([
    ["yx", [1500, 2300], 400, "uint16"],
    ["zyx", [3, 130, 120], 300, "uint16"],
    ["yx", [70, 60], 70_000, "uint32"],
  ] as const)("%s %j pass ome-zarr-models' checks and are equal, level by level", async (axes, shape, highest, dtype) => {
    const labels = blocks(axes, shape, highest);
    if (dtype === "uint32") labels.data[0] = 70_000;
    const path = join(folder, "labels.ome.zarr");
    expect(await writeLabels(path, labels)).toEqual({ path, format: "zarr", dtype });
    const levels = shape.at(-1) === 2300 ? 4 : 1;
    const found = await ask("read_zarr_labels.py", path, labels);
    expect(found).toMatchObject({ axes, dtype, equal: true, smallerEqual: true });
    expect(found.shapes).toHaveLength(levels);
    expect((found.scales as number[][])[0]).toEqual(axes === "zyx" ? [2, 0.5, 0.325] : [0.5, 0.325]);
    expect(found.units).toEqual([...axes].map(() => "micrometer"));
    const again = await readLabels(path);
    expect(again).toMatchObject({ axes, shape });
    expect(again.data.every((id, at) => id === labels.data[at])).toBe(true);
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });

  it("are added to the labels of an image, beside those that are there", async () => {
    const labels = blocks("yx", [40, 50], 20);
    const image = join(folder, "image.zarr");
    for (const name of ["nuclei", "cells", "nuclei"]) await writeLabels(join(image, "labels", name), labels);
    const found = await ask("read_zarr_labels.py", join(image, "labels", "cells"), labels, join(image, "labels"));
    expect(found).toMatchObject({ equal: true, listed: ["nuclei", "cells"] });
  });

  it("never replace what is not labels", async () => {
    const path = join(folder, "other.zarr");
    await mkdir(path);
    await writeFile(join(path, "zarr.json"), '{"zarr_format": 3, "node_type": "group"}');
    await expect(writeLabels(path, blocks("yx", [4, 4], 2))).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      message: expect.stringContaining("something else is there"),
    });
    expect(await readdir(path)).toEqual(["zarr.json"]);
  });
});

describe("labels as OME-Zarr that replace earlier ones", () => {
  const script = fileURLToPath(new URL("support/replace-zarr.ts", import.meta.url));

  /** Replaces labels in a process of its own and kills it when a name that ends like this comes up beside them, after some rounds. */
  async function killAt(place: string, ending: string, rounds: number): Promise<void> {
    const child = spawn(process.execPath, ["--conditions=@parfocal/source", script, join(place, "a.zarr")]);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    let done = 0;
    child.stdout.on("data", (text: Buffer) => (done += text.length));
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const watcher = watch(place, (_event, name) => {
      if (done >= rounds && name?.endsWith(ending)) child.kill("SIGKILL");
    });
    await ended;
    watcher.close();
    expect(child.signalCode, said).toBe("SIGKILL");
  }

  it.each([".replaced", ".partial", ".zarr"])(
    "are the old or the new ones when the process is killed at a name in %s",
    async (ending) => {
      for (let rounds = 1; rounds <= 5; rounds += 1) {
        const place = await mkdtemp(join(folder, "killed "));
        await killAt(place, ending, rounds);
        await removePartialFiles(place);
        expect(await readdir(place)).toEqual(["a.zarr"]);
        const { data, shape } = await readLabels(join(place, "a.zarr"));
        expect(shape).toEqual([30, 40, 40]);
        expect([1, 2]).toContain(data[0]);
        expect(data.every((id) => id === data[0])).toBe(true);
      }
      fault(
        "Files",
        `labels as OME-Zarr are replaced, and the process is killed at a name in ${ending}`,
        "the old or the new ones are there, whole",
      );
    },
  );

  it("get their name back where the process was killed between the two", async () => {
    const place = await mkdtemp(join(folder, "between "));
    const child = spawn(process.execPath, ["--conditions=@parfocal/source", script, join(place, "a.zarr")]);
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const seen = await new Promise<string>((resolve) => {
      const watcher = watch(place, (_event, name) => {
        if (!name?.endsWith(".replaced")) return;
        watcher.close();
        child.kill("SIGKILL");
        resolve(name);
      });
    });
    await ended;
    await removePartialFiles(place);
    await rename(join(place, "a.zarr"), join(place, seen));
    await removePartialFiles(place);
    expect(await readdir(place)).toEqual(["a.zarr"]);
    expect((await readLabels(join(place, "a.zarr"))).shape).toEqual([30, 40, 40]);
  });
});
