import { readFileSync } from "node:fs";
import type { Module } from "@parfocal/core";
import { expect, test } from "vitest";
import type { Installation } from "./support/installation.ts";
import { segmentNuclei, stardistScript } from "./support/segment-nuclei.ts";

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

test("a stack for a model of planes is refused, and the error says what to set; then planes have the labels of frames", async () => {
  const script = (module: Module, { places }: Installation, planes: string) =>
    stardistScript(module, places, { volume: true, table: false }).replace(
      "PLANE_BY_PLANE = False",
      `PLANE_BY_PLANE = ${planes}`,
    );
  await expect(segmentNuclei((module, here) => script(module, here, "False"), 2)).rejects.toThrow(
    /stardist: takes images with axes yx, this one has axes zyx .*\nWhat to do: if the model knows planes only, set PLANE_BY_PLANE = True/,
  );
  const { module, image, labels } = await segmentNuclei((module, here) => script(module, here, "True"), 2);
  const { data } = (await module.run(image, {}, { device: "cpu" })).labels;
  const highest = data.reduce((a, b) => Math.max(a, b));
  expect(labels.data.slice(0, data.length)).toEqual(data);
  expect(labels.data.slice(data.length)).toEqual(data.map((label) => (label === 0 ? 0 : label + highest)));
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
