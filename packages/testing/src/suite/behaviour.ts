import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesOf, type Module, type RunProgress, readNpy, type Worker, writeNpy } from "@parfocal/core";
import { readImage, writeLabels } from "@parfocal/io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConformanceOptions } from "../describe-module.ts";
import { createStub, imageOfObjects, type Stub } from "./stub.ts";

/** What no model can be relied on to do, done by a stub in the module's own environment. */
export function describeBehaviour(module: Module, options: ConformanceOptions): void {
  describe("a worker in its environment", () => {
    let stub: Stub;
    let worker: Worker;
    const image = imageOfObjects(40);
    beforeAll(async () => {
      stub = await createStub(module);
      const settings = options.settings && { settings: options.settings };
      worker = await stub.module.start({ device: "cpu", cancelGraceMs: 200, ...settings });
    });
    afterAll(async () => {
      await worker?.close();
      await stub?.[Symbol.asyncDispose]();
    });

    it.each([300, 70_000])("keeps the numbers of %i objects, in memory, in .npy and in TIFF", async (count) => {
      const { labels } = await worker.run(imageOfObjects(count));
      expect(labels.dtype).toBe("int32");
      expectNumbers(labels.data, count);
      const folder = await mkdtemp(join(tmpdir(), "parfocal objects "));
      try {
        await writeNpy(join(folder, "labels.npy"), labels);
        const again = await readNpy(join(folder, "labels.npy"));
        expect(again.dtype).toBe("int32");
        expect(Buffer.compare(bytesOf(again), bytesOf(labels))).toBe(0);
        await writeLabels(join(folder, "labels.tif"), labels);
        const tiff = await readImage(join(folder, "labels.tif"));
        expect(tiff.dtype).toBe(count > 65_535 ? "uint32" : "uint16");
        expectNumbers(tiff.data, count);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it("goes on after an exception in the model, and shows its traceback", async () => {
      const { pid } = worker;
      await expect(worker.run(image, { behaviour: "raise" })).rejects.toMatchObject({
        code: "MODEL_ERROR",
        message: expect.stringContaining("the model failed on purpose"),
        details: { pythonTraceback: expect.stringContaining('raise ValueError("the model failed on purpose")') },
      });
      await expect(worker.run(image, { behaviour: "exit" })).rejects.toMatchObject({ code: "MODEL_ERROR" });
      expectNumbers((await worker.run(image)).labels.data, 40);
      expect(worker.pid).toBe(pid);
    });

    it("is not disturbed by what Python, C and child processes print", async () => {
      const { pid } = worker;
      for (let call = 0; call < 3; call += 1) {
        expectNumbers((await worker.run(image, { behaviour: "print" })).labels.data, 40);
      }
      expect(worker.pid).toBe(pid);
    });

    it("stops in the middle of a call that looks for it, and takes the next one in the same process", async () => {
      const { pid } = worker;
      await expect(cancelWhenBegun(worker, "wait")).rejects.toMatchObject({ code: "CANCELLED" });
      expectNumbers((await worker.run(image)).labels.data, 40);
      expect(worker.pid).toBe(pid);
    });

    it("is ended and replaced when a call does not listen", async () => {
      const { pid } = worker;
      await expect(cancelWhenBegun(worker, "sleep")).rejects.toMatchObject({ code: "CANCELLED" });
      expectNumbers((await worker.run(image)).labels.data, 40);
      expect(worker.pid).not.toBe(pid);
    });

    const cancelWhenBegun = (running: Worker, behaviour: string): Promise<unknown> => {
      const controller = new AbortController();
      const onProgress = ({ message }: RunProgress): void => {
        if (message === "begun") controller.abort();
      };
      return running.run(image, { behaviour }, { signal: controller.signal, onProgress });
    };
  });
}

/** The numbers from 1 to `count` in order, then nothing but background. */
function expectNumbers(data: ArrayLike<number | bigint>, count: number): void {
  let wrong = -1;
  for (let index = 0; index < data.length && wrong < 0; index += 1) {
    if (Number(data[index]) !== (index < count ? index + 1 : 0)) wrong = index;
  }
  expect(wrong, "first pixel with another number than it must have").toBe(-1);
}
