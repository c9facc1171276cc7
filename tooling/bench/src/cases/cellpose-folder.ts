import { mkdir, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cellpose } from "@parfocal/cellpose";
import { ensureEnvironment } from "@parfocal/core";
import { fixture, sharedData } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { command } from "../command.ts";
import { interleave, type Summary, summarize, time } from "../statistics.ts";

/** Minutes each, so that there is one, and no turn before it to warm up: whole processes have nothing to warm but the files. */
const turns = 1;
const samePixels = 0.999;
const worker = fileURLToPath(new URL("../../python/import_worker.py", import.meta.url));

/**
 * A folder of images through `parfocal run cellpose` against upstream's own command in the same environment.
 *
 * @returns null without the reference data, which is not part of the repository.
 */
export async function cellposeFolder(): Promise<CaseResult | null> {
  const images = sharedData("dsb2018-fluo/val/images");
  if (images === null) return null;
  const { python } = await ensureEnvironment(cellpose.handle, { device: "cpu" });
  const weights = (await fixture("celldetective")).path("primNK_cfse/cp-cfse-transfer");
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const input = join(folder, "images");
  const ours = join(folder, "ours");
  const theirs = join(folder, "theirs");
  const names = (await readdir(images)).filter((name) => name.endsWith(".png"));
  const run = [command, "run", "cellpose", input, "-o", ours, "--model", weights, "--diameter", "20", "--device", "cpu"];
  const upstream = ["-m", "cellpose", "--dir", input, "--savedir", theirs, "--pretrained_model", weights, "--diameter", "20"];
  try {
    for (const each of [input, theirs]) await mkdir(each);
    for (const name of names) await symlink(join(images, name), join(input, name));
    const ways = {
      ours: () => time(() => execa(process.execPath, [...run, "--no-overlay"])),
      theirs: () => time(() => execa(python, [...upstream, "--chan", "0", "--no_npy", "--save_tif"])),
      ourImports: () => time(() => execa(python, [worker, cellpose.handle.folder])),
      theirImports: () => time(() => execa(python, ["-m", "cellpose", "--version"])),
    };
    await Promise.all([ways.ourImports(), ways.theirImports()]); // reads the libraries from the disk
    const samples = await interleave(turns, ways, { warmUp: false });
    const agreement = await compare(names, ours, theirs);
    if (agreement < samePixels) throw new Error(`only ${agreement} of the pixels are in the same object`);
    const without = (whole: readonly number[], imports: readonly number[]): Summary =>
      summarize(whole.map((ms, turn) => ms - imports[turn]!));
    const rows = {
      ours: summarize(samples.ours),
      theirs: summarize(samples.theirs),
      ourWork: without(samples.ours, samples.ourImports),
      theirWork: without(samples.theirs, samples.theirImports),
    };
    return {
      name: "a folder through Cellpose",
      text: `\`parfocal run cellpose\` on ${names.length} fluorescence images against \`python -m cellpose --diameter 20 --chan 0 --no_npy --save_tif\` on the same files, with the same weights (a real CPnet), in the same environment, on the same number of threads. ${percent(agreement)} of the pixels have the same label. Left out in the second pair of rows is what each needs to import its Python, measured in the same turn.`,
      rows: [
        { way: "parfocal run cellpose", ms: rows.ours },
        { way: "python -m cellpose", ms: rows.theirs },
        { way: "parfocal run cellpose, imports left out", ms: rows.ourWork },
        { way: "python -m cellpose, imports left out", ms: rows.theirWork },
      ],
      figures: {
        "cellpose-folder-ratio": rows.ours.p50 / rows.theirs.p50,
        "cellpose-folder-work-ratio": rows.ourWork.p50 / rows.theirWork.p50,
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Part of the pixels of all images that have the same label in both folders. */
async function compare(names: readonly string[], ours: string, theirs: string): Promise<number> {
  let same = 0;
  let all = 0;
  for (const name of names) {
    const stem = name.slice(0, -".png".length);
    const a = (await readImage(join(ours, `${stem}_labels.tif`))).data;
    const b = (await readImage(join(theirs, `${stem}_cp_masks.tif`))).data;
    for (let index = 0; index < a.length; index += 1) if (a[index] === b[index]) same += 1;
    all += a.length;
  }
  return same / all;
}

const percent = (part: number): string => `${Math.floor(part * 1e5) / 1e3} %`;
