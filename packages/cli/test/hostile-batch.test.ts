import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { createNdArray, writeNpy } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, it } from "vitest";
import { cli, jsonLines, startCli, temporaryFolder } from "./support/cli.ts";
import { hostileImages, trickyImages, writeSecret } from "./support/hostile-images.ts";
import { blobs } from "./support/images.ts";
import { followMemory } from "./support/peak-memory.ts";

const mostMemory = 2 ** 30;

/** Images that take a while, so that the file behind them is not read yet when the first of them is done. */
async function writeLarge(folder: string): Promise<string[]> {
  const names = Array.from({ length: 12 }, (_, at) => `y${at}.npy`);
  const image = createNdArray("uint16", [1024, 1024]);
  for (let at = 0; at < image.data.length; at += 1) image.data[at] = (at * 31) % 977;
  for (const name of names) await writeNpy(join(folder, name), image);
  return names;
}

describe.skipIf(process.platform !== "linux")("a folder with good images among hostile ones", () => {
  it("gives every good image its labels and every other one a reason, in bounded memory", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "in"));
    writeSecret(join(cwd, "secret"));
    for (const image of [...hostileImages, ...trickyImages]) image.write(join(cwd, "in", image.name));
    mkdirSync(join(cwd, "in/folder.tif"));
    const good = ["a0.npy", "bomb between.npy", "m.npy"];
    for (const name of good) copyFileSync(blobs, join(cwd, "in", name));
    good.push(...(await writeLarge(join(cwd, "in"))), ...trickyImages.map(({ name }) => name));
    const vanishes = join(cwd, "in/z vanishes.npy");
    copyFileSync(blobs, vanishes);

    const batch = startCli(["run", "threshold", "in", "-o", "out", "--json", "--no-daemon"], { cwd });
    const memory = followMemory(batch.child.pid!);
    batch.child.stdout.once("data", () => rmSync(vanishes));
    const ended = await batch.ended;
    const peak = memory.stop();

    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.stderr).not.toMatch(/Traceback|^\s+at .*\.[jt]s:\d+/m);
    const outcomes = new Map(jsonLines(ended).map((line) => [String(line.input), line]));
    expect(outcomes.size).toBe(hostileImages.length + good.length + 1);
    const failed = [
      ...hostileImages.map(({ name, code, words }) => ({ name, code, words })),
      { name: "z vanishes.npy", code: "INPUT_NOT_FOUND", words: "there is no file" },
    ];
    for (const { name, code, words } of failed) {
      const outcome = outcomes.get(join(cwd, "in", name));
      expect({ name, code: outcome?.code, message: outcome?.message }).toEqual({
        name,
        code,
        message: expect.stringContaining(words),
      });
      expect(outcome?.hint).not.toBe("");
    }
    const list = JSON.parse(readFileSync(join(cwd, "out/failures.json"), "utf8"));
    const listed = new Map<string, { code: string; message: string; hint: string }>(
      list.failures.map((failure: { input: string }) => [failure.input, failure]),
    );
    expect([...listed.keys()].sort()).toEqual(failed.map(({ name }) => `../in/${name}`).sort());
    for (const { name, code, words } of failed)
      expect(listed.get(`../in/${name}`)).toMatchObject({ code, message: expect.stringContaining(words) });

    const written = readdirSync(join(cwd, "out"));
    expect(written.filter((name) => name.endsWith("_labels.tif"))).toHaveLength(good.length);
    expect(written.filter((name) => name.includes("partial"))).toEqual([]);
    for (const name of written) expect(readFileSync(join(cwd, "out", name)).includes("root:")).toBe(false);

    for (const name of good.filter((each) => !/^y[1-9]/.test(each))) {
      const alone = await cli(["run", "threshold", join("in", name), "-o", "alone/labels.tif", "--no-daemon"], { cwd });
      expect(alone.code, alone.stderr).toBe(0);
      const { labels } = outcomes.get(join(cwd, "in", name))!.outputs as { labels: string };
      expect(readFileSync(labels).equals(readFileSync(join(cwd, "alone/labels.tif"))), name).toBe(true);
    }
    expect(peak).toBeGreaterThan(2 ** 26);
    expect(peak).toBeLessThan(mostMemory);

    for (const { what } of hostileImages) fault("Files", `in a batch: ${what}`, "listed with its reason; the others are done");
    for (const { what } of trickyImages)
      fault("Files", `in a batch: ${what}`, "segmented as it is; what it tries comes to nothing");
    fault("Files", "an image is gone when its turn in a batch comes", "listed with its reason; the others are done");
  });
});
