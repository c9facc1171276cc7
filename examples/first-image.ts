/** One image: `node first-image.ts nuclei.tif`. Labels go beside the image. */
import { readImage, writeLabels } from "@parfocal/io";
import { stardist } from "@parfocal/stardist";

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error("usage: node first-image.ts IMAGE");

const image = await readImage(path);
const { labels, scores, device, timing } = await stardist.run(image, { probThreshold: 0.5 });
await writeLabels(`${path}.labels.tif`, labels);
console.log(`${scores.shape[0]} objects on ${device.used} in ${Math.round(timing.totalMs)} ms`);
