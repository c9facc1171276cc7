/** A worker that stays: the network runs once, then two thresholds are tried on what it said. `node warm-worker.ts nuclei.tif` */
import { readImage } from "@parfocal/io";
import { stardist } from "@parfocal/stardist";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node warm-worker.ts IMAGE");

await using worker = await stardist.start({ device: "auto" });
const result = await worker.run(await readImage(path), { probThreshold: 0.5 }, { keepRaw: true });
console.log(`0.5: ${result.scores.shape[0]} objects`);
for (const probThreshold of [0.3, 0.8]) {
  const again = await worker.refine(result, { probThreshold });
  console.log(`${probThreshold}: ${again.scores.shape[0]} objects`);
}
