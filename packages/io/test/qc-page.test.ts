import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Labels } from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSizeCounter, type QcItem, readImage, writeOverlay, writeQcPage } from "../src/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal qc "));
});
afterAll(() => rm(folder, { recursive: true }));

/** `count` squares of 8 pixels in rows. */
function squares(count: number): Labels {
  const side = 200;
  const data = new Int32Array(side * side);
  for (let index = 0; index < count; index += 1) {
    const [left, top] = [(index % 15) * 13 + 2, Math.floor(index / 15) * 13 + 2];
    for (let y = top; y < top + 8; y += 1) data.fill(index + 1, y * side + left, y * side + left + 8);
  }
  return { data, shape: [side, side], dtype: "int32", axes: "yx" };
}

describe("the quality page of a batch", () => {
  it("has counts, sizes, failures, thumbnails and remarks, in one file without scripts or addresses elsewhere", async () => {
    const sizes = createSizeCounter();
    const items: QcItem[] = [];
    for (const [index, count] of [50, 52, 49, 51, 0, 150].entries()) {
      const labels = squares(count);
      sizes.add(labels);
      const image = { ...labels, data: Uint8Array.from(labels.data, (id) => 20 + (id % 200)), dtype: "uint8" } as const;
      const { thumbnail } = await writeOverlay(join(folder, `a ${index}_overlay.png`), image, labels, { thumbnail: 160 });
      items.push({
        name: `a ${index}`,
        objects: count,
        medianDiameterPx: count === 0 ? null : 9.03,
        files: { overlay: `a ${index}_overlay.png` },
        ...(thumbnail && { thumbnail }),
      });
    }
    const hint = "export it again";
    items.push({ name: "<b>.tif", objects: null, error: { code: "INPUT_UNREADABLE", message: "cut off & damaged", hint } });
    const path = join(folder, "qc.html");
    await writeQcPage(path, { title: "plate <1>", facts: { module: "threshold 1.0.0" }, items, sizes: sizes.histogram() });
    const page = await readFile(path, "utf8");
    const text = page.replace(/<style>.*<\/style>/s, "").replaceAll(/<[^>]*>/g, " ");
    expect(page).not.toMatch(/<script|https?:|@import|url\(/);
    expect(page).toContain("<title>plate &#60;1&#62;</title>");
    expect(page).toContain("&#60;b&#62;.tif");
    expect(text).toMatch(/7 images\s+1 failed\s+352 objects\s+50.5 objects per image, median/);
    expect(text).toMatch(/INPUT_UNREADABLE\s+cut off &#38; damaged\s+export it again/);
    expect(text.match(/no objects/g)).toHaveLength(1);
    expect(text.match(/more objects than most/g)).toHaveLength(1);
    expect(page).toContain('href="a%200_overlay.png"');
    const images = [...page.matchAll(/src="data:image\/png;base64,([^"]+)"/g)].map(([, data]) => Buffer.from(data!, "base64"));
    expect(images).toHaveLength(6);
    await writeFile(join(folder, "small.png"), images[0]!);
    const small = await readImage(join(folder, "small.png"));
    expect(small.shape).toEqual([142, 142, 3]);
    // outlines are coloured, the rest is grey
    expect(small.data.some((_, at) => at % 3 === 0 && small.data[at] !== small.data[at + 1])).toBe(true);
  });

  it("is a page for a batch in which all failed, and for none", async () => {
    const path = join(folder, "none.html");
    await writeQcPage(path, { title: "nothing", facts: {}, items: [], sizes: createSizeCounter().histogram() });
    expect(await readFile(path, "utf8")).toContain("<b>0</b>images");
  });

  it("counts sizes in bins that hold all objects", () => {
    const sizes = createSizeCounter();
    sizes.add(squares(30));
    const one = squares(0);
    one.data[5] = 1;
    sizes.add(one);
    const { edges, counts } = sizes.histogram()!;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(31);
    expect([counts[0], counts.at(-1)]).toEqual([1, 30]);
    const [low, high] = [edges.at(-2)!, edges.at(-1)!];
    expect(low <= 2 * Math.sqrt(64 / Math.PI) && 2 * Math.sqrt(64 / Math.PI) < high).toBe(true);
  });
});
