import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readNpy } from "@parfocal/core";
import { beforeAll, describe, expect, it } from "vitest";
import { cli, jsonLines, temporaryFolder } from "./support/cli.ts";
import { blobObjects, blobs, nuclei } from "./support/images.ts";

/** A folder with copies of the blobs under these names. */
function folderOf(...names: string[]): string {
  const folder = temporaryFolder();
  for (const name of names) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    copyFileSync(blobs, join(folder, name));
  }
  return folder;
}

describe("parfocal run on one image", () => {
  it("writes labels, overlay and run record, and says how many objects there are", async () => {
    const folder = folderOf("my cells ä.npy");
    const ended = await cli(["run", "threshold", "my cells ä.npy"], { cwd: folder });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const path = join("parfocal-output", "my cells ä_labels.tif");
    expect(ended.stdout).toMatch(/^my cells ä\.npy {2}16 objects {2}median \d+\.\d px {2}\d+\.\d\d s {2}-> /);
    expect(ended.stdout.trimEnd().endsWith(`-> ${path}`)).toBe(true);
    expect(readdirSync(join(folder, "parfocal-output")).sort()).toEqual([
      "my cells ä.run.json",
      "my cells ä_labels.tif",
      "my cells ä_overlay.png",
    ]);
    const record = JSON.parse(readFileSync(join(folder, "parfocal-output", "my cells ä.run.json"), "utf8")) as Record<
      string,
      unknown
    >;
    expect(record).toMatchObject({
      module: "threshold",
      params: { method: "otsu", minSize: 20 },
      device: { used: "cpu" },
      objects: { count: blobObjects },
      input: { path: "../my cells ä.npy", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it("names the labels file as asked, int32 in .npy, and leaves the overlay away", async () => {
    const folder = folderOf("a.npy");
    const ended = await cli(["run", "threshold", "a.npy", "-o", "new/found.npy", "--no-overlay", "-q"], { cwd: folder });
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(join(folder, "new")).sort()).toEqual(["found.npy", "found.run.json"]);
    const labels = await readNpy(join(folder, "new/found.npy"));
    expect(labels).toMatchObject({ dtype: "int32", shape: [128, 128] });
    expect(Math.max(...(labels.data as Int32Array))).toBe(blobObjects);
  });

  it("hands parameters over by flag, alias and file, and repeats a run from its record", async () => {
    const folder = folderOf("a.npy");
    const objects = async (...args: string[]): Promise<unknown> => {
      const ended = await cli(["run", "threshold", "a.npy", "--json", ...args], { cwd: folder });
      expect(ended.code, ended.stderr).toBe(0);
      return jsonLines(ended)[0]?.objects;
    };
    expect(await objects("--min-size", "100000", "-o", "none/")).toBe(0);
    expect(await objects("--min_size=100000", "--no-fill-holes")).toBe(0);
    expect(await objects("--params", "none/a.run.json")).toBe(0);
    expect(await objects("--params", "none/a.run.json", "--min-size", "20")).toBe(blobObjects);
    expect(await objects("--method", "fixed", "--level", "-1")).toBe(1);
    writeFileSync(join(folder, "p.json"), '{ "min_size": 100000 }');
    expect(await objects("--params", "p.json")).toBe(0);
  });

  it("gives one JSON object and nothing else on standard output", async () => {
    const folder = folderOf("a.npy");
    const ended = await cli(["run", "threshold", "a.npy", "--json"], { cwd: folder });
    expect(ended.code).toBe(0);
    const output = (name: string): string => join(folder, "parfocal-output", name);
    expect(jsonLines(ended)).toEqual([
      {
        type: "result",
        input: join(folder, "a.npy"),
        outputs: { labels: output("a_labels.tif"), overlay: output("a_overlay.png"), run: output("a.run.json") },
        module: "threshold",
        version: expect.any(String),
        objects: blobObjects,
        medianDiameterPx: expect.any(Number),
        medianDiameterUm: null,
        shape: [128, 128],
        axes: "yx",
        startMs: expect.any(Number),
        elapsedMs: expect.any(Number),
        timing: {
          queueMs: expect.any(Number),
          loadMs: 0,
          transferMs: expect.any(Number),
          computeMs: expect.any(Number),
          totalMs: expect.any(Number),
        },
        device: { used: "cpu", requested: "auto", reason: expect.any(String) },
        notes: [],
        adaptations: [],
        warnings: [],
      },
    ]);
  });

  it("keeps the exchanged arrays and messages when asked", async () => {
    const folder = folderOf("a.npy");
    const ended = await cli(["run", "threshold", "a.npy", "--keep-files", "kept"], { cwd: folder });
    expect(ended.code, ended.stderr).toBe(0);
    const kept = readdirSync(join(folder, "kept"));
    const named = (end: string): string => join(folder, "kept", kept.find((name) => name.endsWith(end))!);
    expect((await readNpy(named("-image.npy"))).shape).toEqual([128, 128]);
    expect(await readNpy(named("-labels.npy"))).toMatchObject({ dtype: "int32", shape: [128, 128] });
    expect(readFileSync(named("-messages.json"), "utf8")).toContain('"min_size": 20');
  });

  it("tells what the worker did with --verbose", async () => {
    const folder = folderOf("a.npy");
    const ended = await cli(["run", "threshold", "a.npy", "--verbose"], { cwd: folder });
    expect(ended.stderr).toMatch(/^worker \d+ started, log .*\nworker \d+ ready on cpu in .*\nworker \d+ ended: closed\n$/);
  });
});

describe("parfocal run on many images", () => {
  it("takes folders in natural order, and leaves earlier results out", async () => {
    const folder = folderOf("cell10.npy", "cell2.npy", "deeper/cell3.npy");
    writeFileSync(join(folder, "notes.txt"), "no image");
    expect((await cli(["run", "threshold", ".", "-o", "."], { cwd: folder })).code).toBe(0);
    const again = await cli(["run", "threshold", ".", "-o", ".", "--json"], { cwd: folder });
    expect(again.code, again.stderr).toBe(0);
    expect(jsonLines(again).map(({ input }) => basename(String(input)))).toEqual(["cell2.npy", "cell10.npy"]);
    expect(existsSync(join(folder, "cell2_labels.tif"))).toBe(true);
  });

  it("takes patterns, and gives results of one name different names", async () => {
    const folder = folderOf("p1/a.npy", "p2/a.npy", "p2/b.npy");
    const ended = await cli(["run", "threshold", "p*/**/*.npy", "p2/b.npy", "--no-overlay"], { cwd: folder });
    expect(ended).toMatchObject({ code: 0, stderr: `look it over: ${join("parfocal-output", "qc.html")}\n` });
    expect(ended.stdout.split("\n").length).toBe(4);
    expect(readdirSync(join(folder, "parfocal-output")).filter((name) => name.endsWith(".tif"))).toEqual([
      "b_labels.tif",
      "p1_a_labels.tif",
      "p2_a_labels.tif",
    ]);
  });

  it("runs a file whose name looks like a pattern", async () => {
    const folder = folderOf("a[1].npy");
    expect(await cli(["run", "threshold", "a[1].npy"], { cwd: folder })).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("parfocal run stardist", () => {
  let image: string;
  beforeAll(async () => {
    image = await nuclei();
  });

  it("finds the nuclei of a real TIFF, fewer with a higher threshold", async () => {
    const folder = temporaryFolder();
    const count = async (...args: string[]): Promise<number> => {
      const ended = await cli(["run", "stardist", image, "-o", join(folder, "out"), "--json", ...args]);
      expect(ended.code, ended.stderr).toBe(0);
      return jsonLines(ended)[0]?.objects as number;
    };
    const normal = await count();
    expect(normal).toBeGreaterThan(100);
    expect(normal).toBeLessThan(150);
    expect(await count("--prob-thresh", "0.9")).toBeLessThan(normal);
    expect(readdirSync(join(folder, "out")).sort()).toEqual(["img2d.run.json", "img2d_labels.tif", "img2d_overlay.png"]);
  });
});
