import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Labels, readNpy, type Worker } from "@parfocal/core";
import { sharedData } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { upstreamPython } from "@parfocal/parity";
import { stardist } from "@parfocal/stardist";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { command } from "../command.ts";
import { startLines } from "../hosts/lines.ts";
import { interleave, summarize, time } from "../statistics.ts";

const folderTurns = 3;
const coldTurns = 5;
const samePixels = 0.9999;
const script = fileURLToPath(new URL("../../python/upstream_stardist.py", import.meta.url));

/**
 * StarDist against upstream's on TensorFlow: a warm folder, and one image from a cold start.
 *
 * @returns null without the reference data, which is not part of the repository.
 */
export async function stardistUpstream(): Promise<CaseResult | null> {
  const images = sharedData("dsb2018-fluo/val/images");
  if (images === null) return null;
  const { folder } = stardist.handle;
  const python = await upstreamPython(join(folder, "parity"));
  const output = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const names = (await readdir(images)).filter((name) => name.endsWith(".png")).sort();
  const first = join(images, names[0]!);
  const model = join(folder, "weights", "nuclei");
  const upstream = startLines([python, script, model, images, output], {}, 600_000);
  const worker = await stardist.start({ device: "cpu" });
  try {
    await worker.run(await readImage(first));
    let labels: Labels[] = [];
    const warm = await interleave(
      folderTurns,
      {
        ours: () => time(async () => (labels = await segment(worker, images, names))),
        theirs: async () => (await upstream.ask({})) as number,
      },
      { warmUp: false },
    );
    const agreement = await compare(labels, names, output);
    if (agreement < samePixels) throw new Error(`only ${agreement} of the pixels have the same label`);
    const ours = [command, "run", "stardist", first, "-o", join(output, "ours.npy"), "--device", "cpu", "--no-overlay"];
    const cold = await interleave(coldTurns, {
      ours: () => time(() => execa(process.execPath, ours)),
      theirs: () => time(() => execa(python, [script, model, first, join(output, "theirs.npy"), "--once"])),
    });
    const rows = [
      { way: `${names.length} images, warm: worker.map`, ms: summarize(warm.ours) },
      { way: `${names.length} images, warm: upstream's loop`, ms: summarize(warm.theirs) },
      { way: "one image, cold: parfocal run", ms: summarize(cold.ours) },
      { way: "one image, cold: upstream's script", ms: summarize(cold.theirs) },
    ] as const;
    return {
      name: "StarDist against upstream",
      text: `The same weights and fluorescence images, reading included. Upstream is \`predict_instances\` on TensorFlow, in its own environment. ${Math.floor(agreement * 1e6) / 1e4} % of the pixels have the same label. Cold is a whole process, from the shell to the file of labels.`,
      rows,
      figures: {
        "stardist-folder-ratio": rows[0].ms.p50 / rows[1].ms.p50,
        "stardist-cold-ratio": rows[2].ms.p50 / rows[3].ms.p50,
      },
    };
  } finally {
    await Promise.all([worker.close(), upstream.close()]);
    await rm(output, { recursive: true });
  }
}

async function segment(worker: Pick<Worker, "map">, images: string, names: readonly string[]): Promise<Labels[]> {
  const labels: Labels[] = [];
  for await (const { result, error } of worker.map(names.map((name) => () => readImage(join(images, name))))) {
    if (error) throw error;
    labels.push(result.labels);
  }
  return labels;
}

/** Part of the pixels of all images that have the same label. */
async function compare(labels: readonly Labels[], names: readonly string[], folder: string): Promise<number> {
  let same = 0;
  let all = 0;
  for (const [image, name] of names.entries()) {
    const a = labels[image]!.data;
    const b = (await readNpy(join(folder, name.replace(/png$/, "npy")))).data;
    for (let index = 0; index < a.length; index += 1) if (a[index] === b[index]) same += 1;
    all += a.length;
  }
  return same / all;
}
