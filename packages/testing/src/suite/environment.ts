import { ensureEnvironment, findEnvironment, type ParfocalEvent } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { drawDiscs } from "../images.ts";
import type { Subject } from "./subject.ts";

/** The environment builds from its lock and is reused; the worker in it says who it is. */
export function describeEnvironment({ module, axes, start }: Subject): void {
  describe("environment", () => {
    it("builds from its lock, imports what it promises, and is reused", async () => {
      const worker = await start(); // builds the environment of the profile that the parameters need
      await worker.close();
      const { stamp } = worker.environment;
      const where = { device: worker.environment.choice.device, profile: stamp.profile };
      expect(Object.keys(stamp.probe)).toEqual(expect.arrayContaining([...module.manifest.profiles[stamp.profile]!.imports]));

      const events: ParfocalEvent[] = [];
      const again = await ensureEnvironment(module.handle, { ...where, onEvent: (event) => events.push(event) });
      expect(again.key).toBe(stamp.key);
      expect(events).toEqual([]);
      expect(await findEnvironment(module.handle, where)).toMatchObject({ key: stamp.key });
    });

    it("starts a worker that is ready, says where it runs, and is gone when closed", async () => {
      const events: ParfocalEvent[] = [];
      const worker = await start({ onEvent: (event) => events.push(event) });
      expect(worker.state).toBe("ready");
      const ready = events.find((event) => event.type === "worker-ready");
      expect(ready).toMatchObject({
        module: module.name,
        pid: worker.pid,
        device: expect.stringMatching(/^(cpu|mps|(cuda|directml):\d+)$/),
      });
      await worker.close();
      await expect(worker.run(drawDiscs({ axes: axes[0]! }))).rejects.toMatchObject({ code: "WORKER_CLOSED" });
    });
  });
}
