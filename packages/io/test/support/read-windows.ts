// Reads an image by windows: `node read-windows.ts FILE EDGE STEP`, every STEP-th window of EDGE x EDGE. Prints the pixels that are not zero and the largest memory.
import { openImage } from "../../src/index.ts";

const [path, edge, step] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
await using image = await openImage(path);
const [height, width] = image.shape as [number, number];
const found: number[][] = [];
let windows = 0;
for (let top = 0; top < height; top += edge) {
  for (let left = 0; left < width; left += edge) {
    windows += 1;
    if ((windows - 1) % step !== 0) continue;
    const [bottom, right] = [Math.min(height, top + edge), Math.min(width, left + edge)];
    const { data } = await image.read({ window: { y: [top, bottom], x: [left, right] } });
    const [pixels, across] = [data as Uint16Array, right - left];
    for (let index = 0; index < pixels.length; index += 1) {
      const value = pixels[index]!;
      if (value !== 0) found.push([top + Math.floor(index / across), left + (index % across), value]);
    }
  }
}
console.log(JSON.stringify({ found, maxRssBytes: process.resourceUsage().maxRSS * 1024 }));
