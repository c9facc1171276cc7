// A program with a worker of ours, for startLineHost: `our-host.ts FOLDER WAY`, where WAY is the JSON of an OurWay.
import { createInterface } from "node:readline";
import { createModule, readModule } from "@parfocal/core";
import { type OurWay, startOurs } from "./ours.ts";

const [folder = "", way = "{}"] = process.argv.slice(2);
const { handle } = await readModule(folder);
const host = await startOurs(
  createModule(handle.manifest, () => handle),
  JSON.parse(way) as OurWay,
);
for await (const line of createInterface({ input: process.stdin })) {
  const { shape, work, calls } = JSON.parse(line);
  console.log(JSON.stringify(shape === undefined ? await host.run(work, calls) : ((await host.prepare(shape)) ?? null)));
}
await host.close();
