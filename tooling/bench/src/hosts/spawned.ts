import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Image, readNpy, writeNpy } from "@parfocal/core";
import { checkLabels, type Host, makePixels } from "./host.ts";

/** A new Python for each image, which goes there and back as `.npy`. */
export async function startSpawned(python: string, script: string): Promise<Host> {
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const input = join(folder, "image.npy");
  const output = join(folder, "labels.npy");
  let image: Image<"uint16"> | null = null;
  return {
    async prepare(shape) {
      image = { data: makePixels(shape), shape, dtype: "uint16", axes: shape.length === 3 ? "zyx" : "yx" };
    },
    async run(work, calls) {
      const times: number[] = [];
      for (let index = 0; index < calls; index += 1) {
        const since = performance.now();
        await writeNpy(input, image!);
        await promisify(execFile)(python, [script, input, output, work]);
        const labels = await readNpy(output);
        times.push(performance.now() - since);
        if (work === "cast") checkLabels("spawned", labels.data as Int32Array, Int32Array.from(image!.data));
      }
      return times;
    },
    close: () => rm(folder, { recursive: true }),
  };
}
