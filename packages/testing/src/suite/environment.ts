import { defaultProfile, ensureEnvironment, findEnvironment, type Module, type ParfocalEvent } from "@parfocal/core";
import { describe, expect, it } from "vitest";

/** The environment builds from its lock and is reused. */
export function describeEnvironment(module: Module): void {
  describe("environment", () => {
    it("builds from its lock, imports what it promises, and is reused", async () => {
      const first = await ensureEnvironment(module.handle, { device: "cpu" });
      const promised = module.manifest.profiles[defaultProfile(module.handle)]?.imports ?? [];
      expect(Object.keys(first.stamp.probe)).toEqual(expect.arrayContaining([...promised]));

      const events: ParfocalEvent[] = [];
      const second = await ensureEnvironment(module.handle, { device: "cpu", onEvent: (event) => events.push(event) });
      expect(second.key).toBe(first.key);
      expect(events).toEqual([]);
      expect(await findEnvironment(module.handle, { device: "cpu" })).toMatchObject({ key: first.key });
    });
  });
}
