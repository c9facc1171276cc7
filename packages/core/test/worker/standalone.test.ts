import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { bytesOf } from "../../src/array/nd-array.ts";
import { readNpy, writeNpy } from "../../src/array/npy-file.ts";
import { readModule } from "../../src/module/read-module.ts";
import { standaloneCommand } from "../../src/worker/command.ts";
import { startWorkerIn } from "../../src/worker/start-worker.ts";
import { thresholdFolder } from "../support/threshold.ts";
import { acts, afterTest, numpyEnvironment, ramp, temporaryFolder } from "./support.ts";

const sample = join(thresholdFolder, "python/sample/blobs.npy");

/** Runs the worker of a module by hand. */
async function runByHand(folder: string, ...args: string[]) {
  const [file, ...start] = standaloneCommand(await numpyEnvironment(), { ...acts, folder });
  return spawnSync(file!, [...start, ...args], { encoding: "utf8", maxBuffer: 2 ** 24, env: { PYTHONPATH: acts.folder } });
}

describe("a worker without Node", () => {
  test("gives what the host gets, with defaults and aliases from module.json", async () => {
    const folder = temporaryFolder();
    const output = join(folder, "labels.npy");
    const params = JSON.stringify({ minSize: 30, fill_holes: false });
    const ended = await runByHand(
      thresholdFolder,
      "--input",
      sample,
      "--output",
      output,
      "--params",
      params,
      "--outputs-dir",
      folder,
    );
    expect(ended).toMatchObject({ status: 0, stdout: "", stderr: "" });

    const { handle } = await readModule(thresholdFolder);
    const worker = await startWorkerIn(await numpyEnvironment(), handle, { settings: { home: folder } });
    afterTest(() => worker.close());
    const { labels } = await worker.run({ ...(await readNpy(sample)), axes: "yx" }, { minSize: 30, fillHoles: false });
    const byHand = await readNpy(output);
    expect(byHand).toMatchObject({ dtype: "int32", shape: [...labels.shape] });
    expect(Buffer.compare(bytesOf(byHand), bytesOf(labels))).toBe(0);
    expect(new Set(labels.data).size).toBeGreaterThan(10);
    expect(
      readdirSync(folder)
        .filter((name) => name.endsWith(".npy"))
        .sort(),
    ).toEqual(["areas.npy", "labels.npy"]);
  });

  test("says what it did when asked, and nothing else on stdout", async () => {
    const folder = temporaryFolder();
    const input = join(folder, "a.npy");
    await writeNpy(input, ramp());
    const output = join(folder, "b.npy");
    const start = ["--load", '{"start":"well"}', "--params", '{"act":"noise","add":0}'];
    const ended = await runByHand(acts.folder, "--input", input, "--output", output, ...start, "--json");
    expect(ended.status).toBe(0);
    expect(ended.stderr).toContain("end of C's noise");
    expect(JSON.parse(ended.stdout)).toMatchObject({ outputs: { labels: output }, device: "cpu", warnings: [] });
    expect([...(await readNpy(output)).data]).toEqual([...ramp().data]);
  });

  test.each([
    ["no such file", ["--input", "/nonexistent.npy"], 2, "error: /nonexistent.npy does not exist"],
    [
      "a parameter that is not there",
      ["--input", sample, "--params", '{"min_siz":1}'],
      2,
      "error: there is no parameter min_siz; known are method, level, min_size, fill_holes",
    ],
    ["parameters that are not JSON", ["--input", sample, "--params", "{"], 2, "error: --params is not JSON: "],
    [
      "weights that are not there",
      ["--input", sample, "--weights", '{"net":"/none"}'],
      2,
      "error: --weights: net is no file: /none",
    ],
    ["axes that do not fit", ["--input", sample, "--axes", "zyx"], 2, "error: --axes zyx does not fit an array of 2 dimensions"],
  ])("%s: one line and an exit code", async (_, args, status, words) => {
    const folder = temporaryFolder();
    const ended = await runByHand(thresholdFolder, ...args, "--output", join(folder, "b.npy"));
    expect(ended.status).toBe(status);
    expect(ended.stdout).toBe("");
    expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    expect(ended.stderr).toContain(words);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("damaged and dangerous files are refused", async () => {
    const folder = temporaryFolder();
    const cut = join(folder, "cut.npy");
    copyFileSync(sample, cut);
    truncateSync(cut, 1000);
    const { python } = await numpyEnvironment();
    const pickled = join(folder, "pickled.npy");
    const save = "import numpy, sys; numpy.save(sys.argv[1], numpy.array([{}], dtype=object), allow_pickle=True)";
    expect(spawnSync(python, ["-I", "-c", save, pickled]).status).toBe(0);
    const text = join(folder, "text.npy");
    writeFileSync(text, "not an array");
    for (const path of [cut, pickled, text]) {
      const ended = await runByHand(thresholdFolder, "--input", path, "--output", join(folder, "b.npy"));
      expect(ended.status).toBe(2);
      expect(ended.stderr).toMatch(/^error: .* is not a usable \.npy file: .*\n$/);
    }
    expect(existsSync(join(folder, "b.npy"))).toBe(false);
  });

  test("a model's failure is one line, its traceback on request", async () => {
    const folder = temporaryFolder();
    const input = join(folder, "a.npy");
    await writeNpy(input, ramp());
    const args = ["--input", input, "--output", join(folder, "b.npy"), "--load", '{"start":"raise"}'];
    const ended = await runByHand(acts.folder, ...args);
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("error: MODEL_ERROR: ValueError: no such model\n");
    expect(ended.stderr).not.toContain("Traceback");
    expect((await runByHand(acts.folder, ...args, "--traceback")).stderr).toContain("Traceback (most recent call last):");
  });

  test("weight files are given by name", async () => {
    const folder = temporaryFolder();
    const input = join(folder, "a.npy");
    await writeNpy(input, ramp());
    const command = ["--input", input, "--output", join(folder, "b.npy"), "--load", '{"start":"well"}', "--json"];
    const params = ["--params", '{"act":"facts","text":"","add":0}'];
    const ended = await runByHand(acts.folder, ...command, ...params, "--weights", JSON.stringify({ net: input }));
    expect(ended.status, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ info: { weights: { net: input } } });
  });

  test("a module.json that is not there leaves names and axes to the caller", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "python"));
    copyFileSync(join(thresholdFolder, "python/worker.py"), join(folder, "python/worker.py"));
    const params = '{"method":"level","level":600,"minSize":0,"fillHoles":false}';
    const ended = await runByHand(folder, "--input", sample, "--output", join(folder, "b.npy"), "--params", params);
    expect(ended).toMatchObject({ status: 0, stdout: "", stderr: "" });
    const { data } = await readNpy(sample);
    const labels = await readNpy(join(folder, "b.npy"));
    expect([...labels.data].map((label) => label > 0)).toEqual([...data].map((grey) => grey > 600));
    const stack = join(folder, "stack.npy");
    await writeNpy(stack, { ...ramp(), shape: [3, 2, 2] });
    const asked = await runByHand(folder, "--input", stack, "--output", join(folder, "c.npy"), "--params", params);
    expect(asked.stderr).toContain(
      "the array has 3 dimensions and there is no module.json beside the worker: name its axes with --axes",
    );
  });
});
