import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fixture } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = fileURLToPath(new URL("../", import.meta.url));

async function run(example: string, ...args: string[]): Promise<string[]> {
  const { stdout } = await execa(process.execPath, ["--conditions=@parfocal/source", join(folder, example), ...args], {
    cwd: folder,
  });
  return stdout.split("\n");
}

describe("the examples", () => {
  let images: string;
  beforeAll(async () => {
    images = await mkdtemp(join(tmpdir(), "parfocal examples "));
    await copyFile((await fixture("stardist")).path("img2d.tif"), join(images, "nuclei.tif"));
  });
  afterAll(() => rm(images, { recursive: true, force: true }));

  it("first-image.ts finds the nuclei and writes them", async () => {
    const [line] = await run("first-image.ts", join(images, "nuclei.tif"));
    const count = Number(/^(\d+) objects on \w+/.exec(line!)![1]);
    const labels = await readImage(join(images, "nuclei.tif.labels.tif"));
    expect(new Set(Array.from<number | bigint>(labels.data as Uint16Array)).size - 1).toBe(count);
    expect(count).toBeGreaterThan(100);
    await rm(join(images, "nuclei.tif.labels.tif"));
  });

  it("warm-worker.ts finds fewer objects at a higher threshold", async () => {
    const counts = (await run("warm-worker.ts", join(images, "nuclei.tif"))).map((line) => Number(/: (\d+)/.exec(line)![1]));
    const [middle, low, high] = counts;
    expect(counts).toHaveLength(3);
    expect(low).toBeGreaterThan(middle!);
    expect(high).toBeLessThan(middle!);
    expect(high).toBeGreaterThan(0);
  });

  it("batch.ts goes on after a file that cannot be read", async () => {
    await writeFile(join(images, "broken.tif"), "no image");
    expect(await run("batch.ts", images)).toEqual([
      "broken.tif: INPUT_UNREADABLE",
      expect.stringMatching(/^nuclei\.tif: \d{2,} objects$/),
    ]);
  });
});
