import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cellpose } from "@parfocal/cellpose";
import { ensureEnvironment, type Image, type Labels, readNpy, sampleFiles, type Worker, writeNpy } from "@parfocal/core";
import { fixture } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { upstreamPython } from "@parfocal/parity";
import { stardist } from "@parfocal/stardist";
import type { CaseResult } from "../case.ts";
import { startLines } from "../hosts/lines.ts";
import { interleave, summarize, time } from "../statistics.ts";

const samePixels = 0.999;
const script = (name: string): string => fileURLToPath(new URL(`../../python/${name}`, import.meta.url));

/** One image that lies in memory through a warm worker, against upstream's model, warm in its own Python. */
export async function singleCalls(): Promise<CaseResult> {
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  try {
    const environment = await ensureEnvironment(stardist.handle, { device: "cpu" });
    const path = sampleFiles(stardist.handle, environment)!.image;
    const image = await readImage(path);
    const npy = join(folder, "image.npy");
    await writeNpy(npy, image);
    const weights = (await fixture("celldetective")).path("primNK_cfse/cp-cfse-transfer");
    const nuclei = join(stardist.handle.folder, "weights", "nuclei");
    const tensorflow = await upstreamPython(join(stardist.handle.folder, "parity"));
    const { python } = await ensureEnvironment(cellpose.handle, { device: "cpu" });
    const output = join(folder, "theirs.npy");
    const small = await compare(await stardist.start({ device: "cpu" }), image, {}, 20, output, [
      tensorflow,
      script("upstream_stardist.py"),
      nuclei,
      path,
      output,
      "--single",
    ]);
    const large = await compare(
      await cellpose.start({ device: "cpu", params: { model: weights } }),
      image,
      { diameter: 20 },
      5,
      output,
      [python, script("upstream_cellpose.py"), weights, npy, output],
    );
    return {
      name: "single calls against upstream",
      text: `One image of 512 x 512, in memory at both sides, through a warm worker and through upstream's model with the same weights, warm in its own Python: StarDist against TensorFlow, Cellpose against PyTorch (a real CPnet, diameter 20). ${percent(small.agreement)} and ${percent(large.agreement)} of the pixels have the same label.`,
      rows: [
        { way: "StarDist: worker.run", ms: summarize(small.ours) },
        { way: "StarDist: upstream's predict_instances", ms: summarize(small.theirs) },
        { way: "Cellpose: worker.run", ms: summarize(large.ours) },
        { way: "Cellpose: upstream's eval", ms: summarize(large.theirs) },
      ],
      figures: {
        "stardist-single-ratio": summarize(small.ours).p50 / summarize(small.theirs).p50,
        "cellpose-single-ratio": summarize(large.ours).p50 / summarize(large.theirs).p50,
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function compare<P>(
  worker: Pick<Worker<P>, "run" | "close">,
  image: Image,
  params: Partial<P>,
  turns: number,
  output: string,
  command: readonly string[],
) {
  const upstream = startLines(command, {}, 600_000);
  try {
    let labels: Labels | null = null;
    const samples = await interleave(turns, {
      ours: () =>
        time(async () => {
          ({ labels } = await worker.run(image, params));
        }),
      theirs: async () => (await upstream.ask({})) as number,
    });
    const agreement = sameLabels(labels!, await readNpy(output));
    if (agreement < samePixels) throw new Error(`only ${agreement} of the pixels have the same label`);
    return { ...samples, agreement };
  } finally {
    await Promise.all([worker.close(), upstream.close()]);
  }
}

/** Part of the pixels with the same label. */
function sameLabels(ours: Labels, theirs: Pick<Image, "data">): number {
  let same = 0;
  for (let index = 0; index < ours.data.length; index += 1) if (ours.data[index] === theirs.data[index]) same += 1;
  return same / ours.data.length;
}

const percent = (part: number): string => `${Math.floor(part * 1e5) / 1e3} %`;
