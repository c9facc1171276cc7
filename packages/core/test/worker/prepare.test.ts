import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ParfocalEvent } from "../../src/contract/events.ts";
import type { Prepare } from "../../src/contract/prepare.ts";
import { ParfocalError } from "../../src/errors/parfocal-error.ts";
import type { ModuleHandle } from "../../src/module/manifest.ts";
import { readModule } from "../../src/module/read-module.ts";
import { planLoad } from "../../src/worker/load-plan.ts";
import { startWorker, startWorkerIn } from "../../src/worker/start-worker.ts";
import { content, licence, sendContent, serve, sha256Of } from "../weights/support.ts";
import { acts, afterTest, failure, numpyEnvironment, ramp, temporaryFolder } from "./support.ts";

const withPrepare = (prepare: Prepare, folder = acts.folder): ModuleHandle => ({ ...acts, folder, prepare });

describe("what a module prepares", () => {
  test("decides on the worker's parameters, once for all its processes", async () => {
    let calls = 0;
    const handle = withPrepare(async ({ start }, { cacheFolder }) => {
      calls += 1;
      return { params: { start: `${start}, prepared`, modelFolder: cacheFolder } };
    });
    const home = temporaryFolder();
    const worker = await startWorkerIn(await numpyEnvironment(), handle, { settings: { home } });
    afterTest(() => worker.close());
    const load = { start: "well, prepared", model_folder: join(home, "cache", "acts") };
    const first = await worker.run(ramp(), { act: "facts" });
    expect(first.provenance.worker).toMatchObject({ load, weights: {} });
    expect(first.provenance.params).toMatchObject({ start: "well" });
    expect(first.provenance.weights).toEqual([]);

    const { pid } = worker;
    await failure(worker.run(ramp(), { act: "exit_3" }), "WORKER_CRASHED");
    expect((await worker.run(ramp(), { act: "facts" })).provenance.worker).toMatchObject({ load });
    expect(worker.pid).not.toBe(pid);
    expect(calls).toBe(1);
  });

  test("may fetch files, which results name", async () => {
    const server = await serve(sendContent);
    const file = { url: `${server.origin}/zoo/nuclei.zip`, bytes: null, sha256: sha256Of(content) };
    const handle = withPrepare(async (_, { fetchFile }) => {
      return { params: { zip: await fetchFile(file, { name: "affable-shark", licence }) } };
    });
    const events: ParfocalEvent[] = [];
    const home = temporaryFolder();
    const options = { settings: { home }, onEvent: (event: ParfocalEvent) => void events.push(event) };
    const worker = await startWorkerIn(await numpyEnvironment(), handle, options);
    afterTest(() => worker.close());
    const { provenance } = await worker.run(ramp(), { act: "facts" });
    expect(provenance.worker).toMatchObject({ load: { zip: join(home, "weights", server.host, "zoo", "nuclei.zip") } });
    expect(provenance.weights).toEqual([{ name: "affable-shark", file: "nuclei.zip", sha256: file.sha256 }]);
    expect(events[0]).toMatchObject({ type: "weights-start", module: "acts", set: "affable-shark", licence });
  });

  test("fails the start with what it says", async () => {
    const hint = "say --trust if you know where it comes from";
    const handle = withPrepare(() => {
      throw new ParfocalError("MODEL_NOT_TRUSTED", "zoo: the model brings Python code", { hint });
    });
    const error = await failure(startWorkerIn(await numpyEnvironment(), handle, {}), "MODEL_NOT_TRUSTED");
    expect(error).toMatchObject({ message: "zoo: the model brings Python code", hint });
  });

  test("chooses the profile, and a caller who names another one is told", async () => {
    const handle = withPrepare(async () => ({ profile: "torch" }));
    const settings = { home: temporaryFolder() };
    expect((await planLoad(handle, { settings })).environment.profile).toBe("torch");
    expect((await planLoad(handle, { settings, profile: "torch" })).environment.profile).toBe("torch");
    await expect(planLoad(handle, { settings, profile: "onnx" })).rejects.toThrow(
      "acts: these parameters need the profile torch, and onnx was asked for",
    );
  });

  test("comes after the parameters were checked", async () => {
    const handle = withPrepare(() => {
      throw new Error("must not run");
    });
    await failure(planLoad(handle, { params: { strat: 1 } }), "PARAMS_INVALID");
  });
});

describe("a module read from its folder", () => {
  function writeModule(entry: string | null): string {
    const folder = temporaryFolder();
    writeFileSync(
      join(folder, "module.json"),
      JSON.stringify({ name: "mine", prepares: true, profiles: { a: { imports: [] } } }),
    );
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "mine", type: "module", exports: "./dist/index.js" }));
    mkdirSync(join(folder, "dist"));
    if (entry !== null) writeFileSync(join(folder, "dist", "index.js"), entry);
    return folder;
  }

  test("brings its prepare when a worker is started, not before", async () => {
    const folder = writeModule(
      `export const mine = { start() {}, handle: { prepare: async (params, tools) => ({ profile: "a", params: { at: import.meta.dirname } }) } };`,
    );
    const { handle } = await readModule(folder);
    const plan = await planLoad(handle, { settings: { home: temporaryFolder() } });
    expect(plan).toMatchObject({ workerParams: { at: join(folder, "dist") }, environment: { profile: "a" } });
  });

  test.each([
    [null, "its entry point cannot be imported"],
    ["export const nothing = 1;", "its entry point has no prepare"],
  ])("is refused by name where its entry is %j", async (entry, message) => {
    const folder = writeModule(entry);
    const { handle } = await readModule(folder);
    const error = await failure(planLoad(handle, { settings: { home: temporaryFolder() } }), "MODULE_INVALID");
    expect(error.message).toContain(message);
    expect(error.message).toContain(folder);
    expect(error.hint).toContain("build it");
  });
});

test("weights that are missing without a network are said before an environment is built", async () => {
  const licence = { code: "MIT", weights: "MIT", trainingData: "none", redistribution: "yes" } as const;
  const file = { name: "net", url: "https://weights.example/net", bytes: null, sha256: null };
  const sets = [
    { name: "usual", description: "", when: { start: "well" }, files: [file], licence },
    { name: "other", description: "", when: { start: "else" }, files: [{ ...file, name: "other" }], licence },
  ];
  const handle = { ...acts, manifest: { ...acts.manifest, weights: sets } };
  const home = temporaryFolder();
  const error = await failure(startWorker(handle, { settings: { home, offline: true } }), "WEIGHTS_MISSING");
  expect(error.message).toContain("acts: the weight file net is not on this machine, and downloads are off");
  expect(error.details).toEqual({ url: file.url, path: join(home, "weights", "weights.example", "net") });
});
