import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { segmentNuclei } from "./support/segment-nuclei.ts";

test("StarDist in a node finds the nuclei that it finds elsewhere, and the table has their scores", async () => {
  const { module, image, labels, table, findings } = await segmentNuclei();
  const elsewhere = await module.run(image, {}, { device: "cpu" });
  expect(findings).toEqual([]);
  expect(labels.data).toEqual(elsewhere.labels.data);
  expect(table.rows.length).toBeGreaterThan(100);
  expect(table.columns.at(-1)).toBe("Score");
  const { scores } = elsewhere as unknown as { readonly scores: { readonly data: Float32Array } };
  expect(table.rows.map((row) => row.at(-1))).toEqual([...scores.data]);
});

test("the node of one's own that the guide shows runs as it stands there", async () => {
  const guide = readFileSync(new URL("../../../docs/guides/ga3.md", import.meta.url), "utf8");
  const code = /```python\n(import limnode\n[\s\S]*?)```/.exec(guide)![1]!;
  const { module, image, labels, findings } = await segmentNuclei((_module, { line }) => line + code);
  expect(findings).toEqual([]);
  const rows = Array.from({ length: 512 }, (_, y) => [(y + 511) % 512, y, (y + 1) % 512]);
  const pixel = (y: number, x: number): number => Number(image.data[y * 512 + x]);
  const smooth = Uint16Array.from(
    { length: 512 * 512 },
    (_, i) => rows[Math.floor(i / 512)]!.map((y) => pixel(y, i % 512)).sort((a, b) => a - b)[1]!,
  );
  const elsewhere = await module.run({ ...image, data: smooth, dtype: "uint16" }, { probThreshold: 0.4 }, { device: "cpu" });
  expect(labels.data).toEqual(elsewhere.labels.data);
});
