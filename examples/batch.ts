/** A folder, with errors where they belong: `node batch.ts images/`. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readImage } from "@parfocal/io";
import { isImageName } from "@parfocal/io/formats";
import { threshold } from "@parfocal/threshold";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: node batch.ts FOLDER");

const names = (await readdir(folder)).filter(isImageName).sort();
await using worker = await threshold.start();
const sources = names.map((name) => () => readImage(join(folder, name)));
for await (const { index, result, error } of worker.map(sources, { minSize: 30 }, { concurrency: 2 })) {
  console.log(`${names[index]}: ${error ? error.code : `${result.areas.shape[0]} objects`}`);
}
