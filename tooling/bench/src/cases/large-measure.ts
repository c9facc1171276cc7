import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment } from "@parfocal/core";
import { measure } from "@parfocal/measure";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { command } from "../command.ts";
import { peakBytes } from "../process-tree.ts";
import { summarize } from "../statistics.ts";

const script = fileURLToPath(new URL("../../python/make_large.py", import.meta.url));
const side = 20_000;

/** A plane of 20,000 x 20,000 through `parfocal measure`: seconds, and the memory of all processes. */
export async function largeMeasure(): Promise<CaseResult> {
  const { python } = await ensureEnvironment(measure.handle, { device: "cpu" });
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const [labels, image, table] = ["labels.tif", "image.tif", "table.csv"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  try {
    const made = await execa(python, [script, String(side), labels, image]);
    const truth = JSON.parse(made.stdout) as { objects: number; pixels: number; grey: number };
    const since = performance.now();
    const running = execa(process.execPath, [command, "measure", labels, image, "-o", table], {
      cwd: dirname(fileURLToPath(import.meta.url)),
      env: { PARFOCAL_DAEMON: "never" },
    });
    const peak = await peakBytes(running.pid!, running);
    const ms = performance.now() - since;
    checkTable(await readFile(table, "utf8"), truth);
    return {
      name: "a large plane",
      text: `\`parfocal measure\` of tiled TIFFs of ${side} x ${side} uint16, labels (deflate) and image, with ${truth.objects} objects; 16 columns of properties. Number, area and grey values of all objects are those that numpy counts. All processes together hold ${(peak / 1e6).toFixed(0)} MB at most (PSS, shared memory among it).`,
      rows: [{ way: "parfocal measure", ms: summarize([ms]) }],
      figures: { "large-measure-bytes": peak },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** @throws Error when the table is not that of the labels */
function checkTable(csv: string, truth: { readonly objects: number; readonly pixels: number; readonly grey: number }): void {
  const [head, ...rows] = csv
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  const [area, mean] = ["area", "intensity_mean"].map((name) => head!.indexOf(name)) as [number, number];
  const sum = (value: (row: readonly string[]) => number): number => rows.reduce((total, row) => total + value(row), 0);
  const pixels = sum((row) => Number(row[area]));
  const grey = sum((row) => Number(row[area]) * Number(row[mean]));
  const same = rows.length === truth.objects && pixels === truth.pixels && Math.abs(grey / truth.grey - 1) < 1e-9;
  if (!same) throw new Error(`${rows.length} objects, ${pixels} pixels, grey ${grey}; must be ${JSON.stringify(truth)}`);
}
