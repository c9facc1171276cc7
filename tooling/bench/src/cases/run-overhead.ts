import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment, readNpy, sampleFiles } from "@parfocal/core";
import { threshold } from "@parfocal/threshold";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { command } from "../command.ts";
import { interleave, summarize, time } from "../statistics.ts";

const script = fileURLToPath(new URL("../../python/bare_threshold.py", import.meta.url));

/** The whole `parfocal run` from the shell against a Python script that does the same in the same environment. */
export async function runOverhead(): Promise<CaseResult> {
  const environment = await ensureEnvironment(threshold.handle, { device: "cpu" });
  const image = sampleFiles(threshold.handle, environment)!.image;
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const ours = join(folder, "ours.npy");
  const bare = join(folder, "bare.npy");
  try {
    const samples = await interleave(20, {
      ours: () =>
        time(() => execa(process.execPath, [command, "run", "threshold", image, "-o", ours, "--device", "cpu", "--no-overlay"])),
      bare: () => time(() => execa(environment.python, ["-I", script, image, bare])),
    });
    const [a, b] = await Promise.all([readNpy(ours), readNpy(bare)]);
    if (Buffer.compare(Buffer.from(a.data.buffer), Buffer.from(b.data.buffer)) !== 0)
      throw new Error("the two ways gave different labels");
    const rows = { ours: summarize(samples.ours), bare: summarize(samples.bare) };
    return {
      name: "one run from the shell",
      text: "`parfocal run threshold` on its 128 x 128 sample (`.npy` in and out, environment ready, no daemon) against a Python script that reads, segments and writes the same in the same environment. Labels are equal.",
      rows: [
        { way: "parfocal run", ms: rows.ours },
        { way: "bare Python script", ms: rows.bare },
      ],
      figures: { "run-overhead-ms": rows.ours.p50 - rows.bare.p50 },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}
