import { ensureEnvironment, findEnvironment } from "@parfocal/core";
import { stardist } from "@parfocal/stardist";
import type { CaseResult } from "../case.ts";
import { summarize, time } from "../statistics.ts";

/** How long it takes to see that StarDist's environment is ready. */
export async function readyCheck(): Promise<CaseResult> {
  await ensureEnvironment(stardist.handle, { device: "cpu" });
  const samples: number[] = [];
  for (let turn = 0; turn < 200; turn += 1) samples.push(await time(() => findEnvironment(stardist.handle, { device: "cpu" })));
  const ms = summarize(samples);
  return {
    name: "ready check",
    text: "`findEnvironment` on StarDist's ready environment: lock and stamp are read, the base interpreter is looked for, no process starts.",
    rows: [{ way: "findEnvironment", ms }],
    figures: { "ready-check-ms": ms.p50 },
  };
}
