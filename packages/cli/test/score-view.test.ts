import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Labels, writeNpy } from "@parfocal/core";
import { readImage, writeLabels } from "@parfocal/io";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../src/main.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal score "));
});
afterAll(() => rm(folder, { recursive: true }));

async function run(...rawArguments: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runCli(rawArguments, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    cwd: folder,
    variables: {},
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

/** Squares of 10 pixels in a row, the nth of them moved by the nth number; null leaves one out. */
function squares(...shifts: readonly (number | null)[]): Labels {
  const width = shifts.length * 20;
  const data = new Int32Array(30 * width);
  for (const [index, shift] of shifts.entries()) {
    if (shift === null) continue;
    for (let y = 10 + shift; y < 20 + shift; y += 1)
      data.fill(index + 1, y * width + index * 20 + 5, y * width + index * 20 + 15);
  }
  return { data, shape: [30, width], dtype: "int32", axes: "yx" };
}

describe("parfocal score", () => {
  beforeAll(async () => {
    await Promise.all([mkdir(join(folder, "truth")), mkdir(join(folder, "found"))]);
    await writeNpy(join(folder, "truth", "a.npy"), squares(0, 0, 0, 0));
    await writeNpy(join(folder, "truth", "b.npy"), squares(0, 0));
    await writeLabels(join(folder, "found", "a_labels.tif"), squares(0, 1, 8, null));
    await writeLabels(join(folder, "found", "b_labels.tif"), squares(2, 0));
    await writeFile(join(folder, "found", "a_overlay.png"), "no labels");
  });

  it("scores two files, at the IoU that is asked for", async () => {
    const { code, out, err } = await run("score", "truth/a.npy", "found/a_labels.tif", "--iou", "0.5,0.95");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    // one square is met, one moved by a row (IoU 9 / 11), one by eight, one missed
    expect(out).toBe(
      [
        "image  true  found  matched  AP 0.5  F1     precision  recall  PQ     mean AP",
        "a      4     3      2        0.400   0.571  0.667      0.500   0.519  0.283",
        "",
        "IoU   matched  wrong  missed  AP     F1     precision  recall  PQ     mean IoU",
        "0.5   2        1      2       0.400  0.571  0.667      0.500   0.519  0.909",
        "0.95  1        2      3       0.167  0.286  0.333      0.250   0.286  1.000",
        "mean AP 0.2833",
        "",
      ].join("\n"),
    );
  });

  it("pairs the files of two folders by name, and counts objects over all of them", async () => {
    const { code, out } = await run("score", "truth", "found", "--json", "--csv", "scores.csv");
    expect(code).toBe(0);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { type: "score", name: "a", labels: join(folder, "found", "a_labels.tif") },
      { type: "score", name: "b" },
      { type: "total", images: 2 },
    ]);
    const [at50] = lines[2]!.matches as [Record<string, number>];
    expect(at50).toMatchObject({
      iou: 0.5,
      truePositives: 4,
      falsePositives: 1,
      falseNegatives: 2,
      trueObjects: 6,
      foundObjects: 5,
    });
    expect(at50.averagePrecision).toBeCloseTo(4 / 7, 12);
    const rows = (await readFile(join(folder, "scores.csv"), "utf8")).trim().split("\n");
    expect(rows[0]).toMatch(/^image,iou,true_objects,.*,average_precision,f1,precision,recall,panoptic_quality,/);
    expect(rows).toHaveLength(1 + 3 * 10);
    expect(rows[21]).toMatch(/^\(all\),0\.5,6,5,4,1,2,0\.5714285714285714,/);
  });

  it("goes on when one pair cannot be compared, and names files without a partner", async () => {
    await mkdir(join(folder, "bad"));
    await writeNpy(join(folder, "bad", "a.npy"), squares(0, 0));
    await writeNpy(join(folder, "bad", "b.npy"), squares(0, 0));
    await writeNpy(join(folder, "bad", "c.npy"), squares(0, 0));
    const { code, out, err } = await run("score", "truth", "bad");
    expect(code).toBe(5);
    expect(err).toContain("truth is 30 x 80, labels are 30 x 40");
    expect(err).toContain("1 file without a partner: c.npy");
    expect(out).toContain("b      2     2      2        1.000");
  });

  it("says what it cannot take", async () => {
    expect((await run("score", "truth", "nowhere")).err).toContain("there is no file nowhere");
    expect((await run("score", "truth", "found", "--iou", "0.3")).err).toContain('--iou takes numbers from 0.5 to 1, not "0.3"');
    await writeNpy(join(folder, "floats.npy"), { data: Float32Array.of(0, 0.5), shape: [1, 2], dtype: "float32" });
    const { err } = await run("score", "floats.npy", "floats.npy");
    expect(err).toContain("holds no labels: it has the pixel value 0.5");
  });
});

describe("parfocal view", () => {
  it("draws outlines and a scale bar, and tells where", async () => {
    const labels = squares(...Array<number>(20).fill(0));
    const image = { ...labels, data: Uint16Array.from(labels.data, (id) => id * 100), dtype: "uint16" } as const;
    await writeLabels(join(folder, "cells_labels.tif"), labels);
    await writeNpy(join(folder, "cells.npy"), image);
    const { code, out } = await run("view", "cells_labels.tif", "cells.npy", "--pixel-size", "0.5");
    expect({ code, out }).toEqual({ code: 0, out: "20 objects  -> cells_overlay.png\n" });
    expect((await readImage(join(folder, "cells_overlay.png"))).shape).toEqual([60, 800, 3]);
    const refused = await run("view", "cells_labels.tif", "cells.npy", "-o", "cells.npy");
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining("overlays are PNG") });
    expect((await run("view", "cells_labels.tif", "cells.npy", "--pixel-size", "0")).code).toBe(2);
    expect((await readdir(folder)).filter((name) => name.includes("partial"))).toEqual([]);
  });
});
