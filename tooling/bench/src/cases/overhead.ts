import { cellpose } from "@parfocal/cellpose";
import { ensureEnvironment, type Image, sampleFiles, type Worker } from "@parfocal/core";
import { fixture } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { stardist } from "@parfocal/stardist";
import type { CaseResult } from "../case.ts";
import { summarize } from "../statistics.ts";

/** What a call costs beyond the model's own computing: the full round trip with private labels, minus what the worker says it computed. */
export async function overhead(): Promise<CaseResult> {
  const image = await readImage(sampleFiles(stardist.handle, await ensureEnvironment(stardist.handle, { device: "cpu" }))!.image);
  const weights = (await fixture("celldetective")).path("primNK_cfse/cp-cfse-transfer");
  const small = await measure(await stardist.start({ device: "cpu" }), image, {}, 40);
  const large = await measure(
    await cellpose.start({ device: "cpu", params: { model: weights } }),
    twiceAsLarge(image),
    { diameter: 20 },
    5,
  );
  return {
    name: "overhead on real models",
    text: "Round trip of `worker.run` with private labels, and of that what is not the model's own computing.",
    rows: [
      { way: "StarDist, 512 x 512: round trip", ms: summarize(small.whole) },
      { way: "StarDist, 512 x 512: beyond computing", ms: summarize(small.beyond) },
      { way: "Cellpose, 1024 x 1024: round trip", ms: summarize(large.whole) },
      { way: "Cellpose, 1024 x 1024: beyond computing", ms: summarize(large.beyond) },
    ],
    figures: {
      "overhead-stardist": summarize(small.beyond).p50 / summarize(small.whole).p50,
      "overhead-cellpose": summarize(large.beyond).p50 / summarize(large.whole).p50,
    },
  };
}

async function measure<P>(worker: Pick<Worker<P>, "run" | "close">, image: Image, params: Partial<P>, turns: number) {
  const whole: number[] = [];
  const beyond: number[] = [];
  await worker.run(image, params);
  for (let turn = 0; turn < turns; turn += 1) {
    const since = performance.now();
    const { timing } = await worker.run(image, params);
    const took = performance.now() - since;
    whole.push(took);
    beyond.push(took - timing.computeMs);
  }
  await worker.close();
  return { whole, beyond };
}

/** Four copies side by side. */
function twiceAsLarge(image: Image): Image {
  const [height = 0, width = 0] = image.shape;
  const data = new Uint16Array(4 * height * width);
  for (let y = 0; y < 2 * height; y += 1) {
    for (let x = 0; x < 2 * width; x += 1) data[y * 2 * width + x] = Number(image.data[(y % height) * width + (x % width)]);
  }
  return { data, shape: [2 * height, 2 * width], dtype: "uint16", axes: "yx" };
}
