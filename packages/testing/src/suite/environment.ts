import { spawnSync } from "node:child_process";
import {
  cleanEnvironment,
  ensureEnvironment,
  findEnvironment,
  type LiveWorker,
  type ModuleBase,
  type ParfocalEvent,
  type StartOptions,
  standaloneCommand,
} from "@parfocal/core";
import { describe, expect, it } from "vitest";

/** A module of any kind, and how its workers are started and called. */
export interface EnvironmentSubject<W extends LiveWorker> {
  readonly module: ModuleBase;
  readonly settings: Pick<StartOptions, "settings">;
  start(options?: StartOptions): Promise<W>;
  /** Any call. */
  call(worker: W): Promise<unknown>;
}

/** The environment builds from its lock and is reused; the worker in it says who it is. */
export function describeEnvironment<W extends LiveWorker>({ module, settings, start, call }: EnvironmentSubject<W>): void {
  describe("environment", () => {
    it("builds from its lock, imports what it promises, and is reused", async () => {
      const worker = await start(); // builds the environment of the profile that the parameters need
      await worker.close();
      const { stamp } = worker.environment;
      const where = { ...settings, device: worker.environment.choice.device, profile: stamp.profile };
      const promised = module.manifest.profiles[stamp.profile]!.imports;
      expect(Object.keys(stamp.probe)).toEqual(expect.arrayContaining([...promised]));

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
      await expect(call(worker)).rejects.toMatchObject({ code: "WORKER_CLOSED" });
    });

    it("refuses a host that speaks another protocol, and names both versions", async () => {
      const worker = await start();
      await worker.close();
      const [python, ...args] = standaloneCommand(worker.environment, module.handle).filter((word) => word !== "run");
      const input = `${JSON.stringify({ type: "hello", protocol: 999 })}\n`;
      const env = cleanEnvironment(process.env);
      const ended = spawnSync(python!, args, { input, env, encoding: "utf8", timeout: 60_000 });
      expect(JSON.parse(ended.stdout)).toMatchObject({
        type: "error",
        code: "PROTOCOL_VERSION",
        message: expect.stringMatching(/the host speaks worker protocol 999, this runtime speaks \d+/),
      });
      expect(ended.status).toBe(1);
    });
  });
}
