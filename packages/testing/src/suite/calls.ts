import { describe, expect, it } from "vitest";
import { drawDiscs } from "../images.ts";
import type { Subject } from "./subject.ts";

/** Calls that must not work fail in the right way, and the next one works. */
export function describeCalls(subject: Subject): void {
  const [axes] = subject.axes;
  describe("calls", () => {
    it("stops when cancelled, and runs again", async () => {
      await using worker = await subject.start();
      const image = drawDiscs({ axes: axes! });
      await expect(subject.run(worker, image, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "CANCELLED" });

      const controller = new AbortController();
      const running = subject.run(worker, image, {}, { signal: controller.signal });
      controller.abort();
      await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
      expect((await subject.run(worker, image)).labels.dtype).toBe("int32");
    });

    it("keeps order and goes on after a bad item in a series", async () => {
      await using worker = await subject.start();
      const image = drawDiscs({ axes: axes! });
      const broken = () => Promise.reject(new Error("no such image"));
      const items = [];
      for await (const item of worker.map([() => Promise.resolve(image), broken, () => Promise.resolve(image)], subject.params))
        items.push(item);
      expect(items.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(items.map(({ error }) => error === undefined)).toEqual([true, false, true]);
    });
  });
}
