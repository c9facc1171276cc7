import { createHash } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readLabels } from "@parfocal/io";
import { execa } from "execa";
import { createBatchFolder, startBatch } from "../batch-folder.ts";
import type { CaseResult } from "../case.ts";
import { interleave, summarize, time } from "../statistics.ts";

const script = fileURLToPath(new URL("../../python/batch_by_hand.py", import.meta.url));
const images = 1000;
const turns = 3;
/** Images that are different from each other; the rest are links to them. */
const compared = 16;

/** A thousand images through `parfocal run threshold` against a script of two processes that writes the same. */
export async function batch(): Promise<CaseResult> {
  const folder = await createBatchFolder();
  try {
    const input = await folder.images(images);
    const ours = folder.output("ours");
    const theirs = folder.output("theirs");
    const first = await folder.images(compared);
    await startBatch(first, ours);
    const columns = await propertiesOf(join(ours, "00000_measurements.csv"));
    const byHand = (from: string) => execa(folder.python, [script, from, theirs, JSON.stringify(columns)]);
    const samples = await interleave(
      turns,
      {
        ours: () => rm(ours, { recursive: true, force: true }).then(() => time(() => startBatch(input, ours))),
        theirs: () => rm(theirs, { recursive: true, force: true }).then(() => time(() => byHand(input))),
      },
      { warmUp: false },
    );
    for (let index = 0; index < compared; index += 1) await compare(String(index).padStart(5, "0"), ours, theirs);
    const [ourMs, theirMs] = [summarize(samples.ours), summarize(samples.theirs)];
    return {
      name: "a batch",
      text: `${images} images of 1 MB (512 x 1024 uint16, ${compared} different ones and hard links to them) through \`parfocal run threshold --save csv --no-overlay --no-qc\`: labels, measurements and run record of each. Against a Python script of two processes that does the same with tifffile, scipy and \`regionprops_table\`, the same columns, the same compression (python/batch_by_hand.py). Whole processes, imports included; labels of the two are equal, measurements to a part in 1e9.`,
      rows: [
        { way: "parfocal", ms: ourMs },
        { way: "by hand", ms: theirMs },
      ],
      figures: { "batch-ratio": ourMs.p50 / theirMs.p50 },
    };
  } finally {
    await folder.remove();
  }
}

/** What to ask `regionprops_table` for to get the columns of a table of ours. */
async function propertiesOf(csv: string): Promise<string[]> {
  const names = await columnNames(csv);
  return [...new Set(names.filter((name) => name !== "touches_edge").map((name) => name.replace(/-\d+$/, "")))];
}

const columnNames = async (csv: string): Promise<string[]> => (await readFile(csv, "utf8")).split(/\r?\n/, 1)[0]!.split(",");

/** @throws Error when the results of the two differ */
async function compare(name: string, ours: string, theirs: string): Promise<void> {
  const hash = async (folder: string): Promise<string> =>
    createHash("sha256")
      .update(Int32Array.from((await readLabels(join(folder, `${name}_labels.tif`))).data as Int32Array))
      .digest("hex");
  if ((await hash(ours)) !== (await hash(theirs))) throw new Error(`the labels of ${name} differ`);
  const [our, their] = await Promise.all([ours, theirs].map((folder) => readTable(join(folder, `${name}_measurements.csv`))));
  if (our!.size !== their!.size) throw new Error(`the tables of ${name} have ${our!.size} and ${their!.size} columns`);
  for (const [column, values] of our!) {
    const others = their!.get(column);
    const same = others?.length === values.length && values.every((value, row) => isClose(value, others[row]!));
    if (!same) throw new Error(`the column ${column} of ${name} differs`);
  }
}

async function readTable(csv: string): Promise<Map<string, string[]>> {
  const rows = (await readFile(csv, "utf8"))
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  return new Map(rows[0]!.map((column, index) => [column, rows.slice(1).map((row) => row[index]!)]));
}

function isClose(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [Number(one), Number(other)];
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
}
