import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  asMeasurer,
  asReader,
  type Labels,
  type Measurer,
  type ModuleBase,
  type Reader,
  type StartOptions,
  splitParams,
} from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConformanceOptions } from "../describe-module.ts";
import { drawDiscs, emptyLike } from "../images.ts";
import { describeEnvironment } from "./environment.ts";
import { describeReadme } from "./parameters.ts";

/** Every accepted kind of image is measured, row by row the same objects, and the same twice. */
export function describeMeasurer(base: ModuleBase, options: ConformanceOptions): void {
  const module = asMeasurer(base);
  const { call } = splitParams(module.manifest, options.params ?? {});
  const start = starter((startOptions) => module.start(startOptions), base, options);
  const accepted = options.axes ?? module.manifest.accepts.axes;
  describeReadme(base);
  describeEnvironment({
    module,
    settings: settingsOf(options),
    start,
    call: (worker) => worker.measure(objectsLike(accepted[0]!)),
  });
  describe("measures", () => {
    let worker: Measurer;
    beforeAll(async () => {
      worker = await start();
    });
    afterAll(() => worker?.close());

    it.each(accepted)("objects of an image with axes %s, one row for each, the same twice", async (axes) => {
      const labels = objectsLike(axes);
      for (const image of [null, drawDiscs({ axes })]) {
        const { columns, objects } = await worker.measure(labels, image, call);
        expect(objects).toBe(2);
        expect([...columns.find(({ name }) => name === "label")!.values]).toEqual([2, 5]);
        expect((await worker.measure(labels, image, call)).columns).toEqual(columns);
      }
    });

    it("no objects: no rows", async () => {
      const { objects } = await worker.measure(emptyLike(objectsLike(accepted[0]!), 0) as Labels, null, call);
      expect(objects).toBe(0);
    });
  });
}

/** What is no file of its formats is refused by name, and the worker goes on. */
export function describeReader(base: ModuleBase, options: ConformanceOptions): void {
  const module = asReader(base);
  const start = starter((startOptions) => module.start(startOptions), base, options);
  describeReadme(base);
  describeEnvironment({ module, settings: settingsOf(options), start, call: (worker) => worker.open("none") });
  describe("reads", () => {
    let worker: Reader;
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "parfocal reader "));
      worker = await start();
    });
    afterAll(async () => {
      await worker?.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each(Object.keys(module.manifest.reads))("no %s file that is missing, empty or something else", async (extension) => {
      const { pid } = worker;
      const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * index * 31) % 251);
      for (const [name, content] of Object.entries({ missing: null, empty: new Uint8Array(), noise })) {
        const path = join(folder, `${name}${extension}`);
        if (content !== null) await writeFile(path, content);
        await expect(worker.open(path)).rejects.toMatchObject({
          code: "INPUT_UNREADABLE",
          message: expect.stringContaining(`${name}${extension}`),
        });
      }
      expect(worker.pid).toBe(pid);
    });
  });
}

const settingsOf = ({ settings }: ConformanceOptions): Pick<StartOptions, "settings"> => (settings ? { settings } : {});

function starter<W>(start: (options: StartOptions) => Promise<W>, { manifest }: ModuleBase, options: ConformanceOptions) {
  const { load } = splitParams(manifest, options.params ?? {});
  return (more: StartOptions = {}) =>
    start({ device: options.device ?? "cpu", ...settingsOf(options), ...more, params: { ...load, ...more.params } });
}

/** Objects 2 and 5 over the spatial axes of an image as `drawDiscs` makes it: blocks in opposite corners. */
function objectsLike(axes: string): Labels {
  const image = drawDiscs({ axes });
  const kept = [...axes]
    .map((letter, axis) => ({ letter, length: image.shape[axis]! }))
    .filter(({ letter }) => !"ct".includes(letter));
  const shape = kept.map(({ length }) => length);
  const data = new Int32Array(shape.reduce((product, length) => product * length, 1));
  data.forEach((_, index) => {
    let rest = index;
    const parts = shape.map((length, axis) => {
      const stride = shape.slice(axis + 1).reduce((product, next) => product * next, 1);
      const at = Math.floor(rest / stride);
      rest %= stride;
      return (at + 0.5) / length;
    });
    if (parts.every((part) => part < 0.4)) data[index] = 2;
    else if (parts.every((part) => part > 0.7)) data[index] = 5;
  });
  return { data, shape, dtype: "int32", axes: kept.map(({ letter }) => letter).join("") };
}
