import { rmSync } from "node:fs";
import { join } from "node:path";
import { connectWorker, readModule, readSettings } from "@parfocal/core";
import { expect, test } from "vitest";
import { createDaemon } from "../src/index.ts";
import { afterTest, modulesHere, temporaryHome, thresholdFolder, until } from "./support.ts";

test("modules of the setting are loaded beforehand and kept; one that is not there is said", async () => {
  const said: string[] = [];
  const settings = readSettings({ home: temporaryHome(), prewarm: ["threshold", "nope"] });
  const daemon = await createDaemon({ settings, moduleStarts: [modulesHere], say: (line) => said.push(line) });
  afterTest(async () => {
    await daemon.stop(true);
    await daemon.ended;
  });
  await until("both were tried", () =>
    said.some((line) => line.startsWith("nope: could not be loaded beforehand: no module is called nope")),
  );
  const [pool] = daemon.state().pools;
  expect(pool).toMatchObject({ module: "threshold", kept: true, calls: 0, workers: [{ state: "ready" }] });
  const events: string[] = [];
  const module = await readModule(thresholdFolder);
  await using worker = await connectWorker(module, { settings, onEvent: ({ type }) => events.push(type) });
  expect(events).toEqual([]);
  expect(worker.pid).toBe(pool!.workers[0]!.pid);
});

test("a daemon whose home was removed ends", async () => {
  const said: string[] = [];
  const settings = readSettings({ home: temporaryHome() });
  const daemon = await createDaemon({ settings, moduleStarts: [], say: (line) => said.push(line), housekeepingMs: 20 });
  rmSync(join(settings.home, "daemon"), { recursive: true });
  await daemon.ended;
  expect(said).toContain("its state file is gone, so that nobody can find it");
});
