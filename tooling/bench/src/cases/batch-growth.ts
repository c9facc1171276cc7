import { readdir } from "node:fs/promises";
import { createBatchFolder, startBatch } from "../batch-folder.ts";
import type { CaseResult, Row } from "../case.ts";
import { peakBytes } from "../process-tree.ts";
import { summarize } from "../statistics.ts";

const sizes = [100, 1000, 10_000] as const;
const filesOfImage = 3;

/** What an image of a batch costs, in time and memory, when there are more of them. */
export async function batchGrowth(): Promise<CaseResult> {
  const folder = await createBatchFolder();
  try {
    const seconds: number[] = [];
    const peaks: number[] = [];
    const rows: Row[] = [];
    await startBatch(await folder.images(16), folder.output("warm-up"));
    for (const count of sizes) {
      const output = folder.output(`out-${count}`);
      const since = performance.now();
      const running = startBatch(await folder.images(count), output);
      peaks.push(await peakBytes(running.pid!, running, 200));
      const ms = performance.now() - since;
      const written = (await readdir(output)).filter((name) => /^\d{5}[._]/.test(name)).length;
      if (written !== count * filesOfImage) throw new Error(`${written} files of ${count} images`);
      seconds.push(ms / 1000);
      rows.push({ way: `one of ${count} images`, ms: summarize([ms / count]) });
    }
    const [few, more, most] = seconds as [number, number, number];
    const marginal = [(more - few) / (sizes[1] - sizes[0]), (most - more) / (sizes[2] - sizes[1])] as const;
    const megabytes = peaks.map((bytes) => (bytes / 1e6).toFixed(0));
    return {
      name: "a batch that grows",
      text: `The same with ${sizes.join(", ")} images, the start included. Each image beyond the first ${sizes[0]} takes ${(marginal[0] * 1000).toFixed(1)} ms, each beyond ${sizes[1]} ${(marginal[1] * 1000).toFixed(1)} ms. All processes together hold ${megabytes.join(", ")} MB at most (PSS), garbage among it; what the command still needs stays the same from the first image to the last.`,
      rows,
      figures: { "batch-growth-ratio": marginal[1] / marginal[0], "batch-memory-ratio": peaks[2]! / peaks[1]! },
    };
  } finally {
    await folder.remove();
  }
}
