import type { Module } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import type { ConformanceOptions } from "../describe-module.ts";
import { drawDiscs } from "../images.ts";

/** Calls that must not work fail in the right way, and the next one works. */
export function describeCalls(module: Module, options: ConformanceOptions): void {
  const [axes] = options.axes ?? module.manifest.accepts.axes;
  describe("calls", () => {
    it("refuses parameters that are unknown or out of range before Python starts", async () => {
      const image = drawDiscs({ axes: axes! });
      const started: string[] = [];
      const onEvent = ({ type }: { readonly type: string }) => started.push(type);
      await expect(module.run(image, options.badParams, { onEvent })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
      await expect(module.run(image, { noSuchParameter: 1 }, { onEvent })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
      expect(started).not.toContain("worker-start");
    });

    it("stops when cancelled, and runs again", async () => {
      await using worker = await module.start({ device: "cpu" });
      const image = drawDiscs({ axes: axes! });
      await expect(worker.run(image, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });

      const controller = new AbortController();
      const running = worker.run(image, {}, { signal: controller.signal });
      controller.abort();
      await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
      expect((await worker.run(image)).labels.dtype).toBe("int32");
    });

    it("keeps order and goes on after a bad item in a series", async () => {
      await using worker = await module.start({ device: "cpu" });
      const image = drawDiscs({ axes: axes! });
      const broken = () => Promise.reject(new Error("no such image"));
      const items = [];
      for await (const item of worker.map([() => Promise.resolve(image), broken, () => Promise.resolve(image)])) items.push(item);
      expect(items.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(items.map(({ error }) => error === undefined)).toEqual([true, false, true]);
    });

    it("is usable as soon as one line says so, and gone when closed", async () => {
      const worker = await module.start({ device: "cpu" });
      expect(worker.state).toBe("ready");
      await worker.close();
      await expect(worker.run(drawDiscs({ axes: axes! }))).rejects.toMatchObject({ code: "WORKER_CLOSED" });
    });
  });
}
