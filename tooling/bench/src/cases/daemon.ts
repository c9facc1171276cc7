import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connectWorker, ensureEnvironment, type Image, readSettings, sampleFiles } from "@parfocal/core";
import { readImage } from "@parfocal/io";
import { createDaemon, startDaemon, stopDaemon } from "@parfocal/server";
import { stardist } from "@parfocal/stardist";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { command } from "../command.ts";
import { interleave, summarize, time } from "../statistics.ts";

const here = fileURLToPath(new URL("../../", import.meta.url));

/** What the daemon saves a command, and what is left of a call when its model is warm. */
export async function daemon(): Promise<CaseResult> {
  const environment = await ensureEnvironment(stardist.handle, { device: "cpu" });
  const path = sampleFiles(stardist.handle, environment)!.image;
  const folder = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  const home = join(folder, "home");
  await mkdir(home);
  await symlink(join(readSettings().home, "e"), join(home, "e")); // a daemon of its own, with the environments that are there
  try {
    const image = await readImage(path);
    const shell = await runs(path, image, folder, home);
    const first = await firstCalls(image, home);
    return {
      name: "the daemon",
      text: "`parfocal run stardist` on its 512 x 512 sample from the shell: TIFF in; labels as TIFF, overlay and record out. A warm call is that of a worker in a program that lives on. After `prewarm`: connecting and one call, what the model computed left out, each with a connection of its own.",
      rows: [
        { way: "parfocal run, daemon up", ms: summarize(shell.withDaemon) },
        { way: "parfocal run, daemon up, labels as .npy and no overlay", ms: summarize(shell.bare) },
        { way: "parfocal run, no daemon", ms: summarize(shell.without) },
        { way: "a warm call", ms: summarize(shell.warm) },
        { way: "beyond inference, first call after prewarm", ms: summarize(first.first) },
        { way: "beyond inference, later calls", ms: summarize(first.later) },
      ],
      figures: {
        "daemon-run-ms": summarize(shell.withDaemon).p50 - summarize(shell.warm).p50,
        "daemon-prewarm-ms": summarize(first.first).p50 - summarize(first.later).p50,
      },
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function runs(path: string, image: Image, folder: string, home: string) {
  const run = (...more: string[]) =>
    execa(process.execPath, [command, "run", "stardist", path, "-o", `${folder}/out/`, "--device", "cpu", ...more], {
      cwd: here,
      env: { PARFOCAL_HOME: home },
    });
  const settings = { home };
  await startDaemon({ settings, moduleStarts: [here] });
  const worker = await connectWorker(stardist, { device: "cpu", settings });
  try {
    return await interleave(20, {
      withDaemon: () => time(() => run()),
      bare: () => time(() => run("--format", "npy", "--no-overlay")),
      without: () => time(() => run("--no-daemon")),
      warm: () => time(() => worker.run(image)),
    });
  } finally {
    await worker.close();
    await stopDaemon({ now: true, settings });
  }
}

async function firstCalls(image: Image, home: string): Promise<{ readonly first: number[]; readonly later: number[] }> {
  const settings = readSettings({ home, prewarm: ["stardist"] });
  const first: number[] = [];
  const later: number[] = [];
  const beyond = async (): Promise<number> => {
    const since = performance.now();
    await using worker = await connectWorker(stardist, { settings });
    const { timing } = await worker.run(image);
    return performance.now() - since - timing.computeMs;
  };
  for (let turn = 0; turn < 8; turn += 1) {
    let tellReady = () => {};
    const ready = new Promise<void>((resolve) => {
      tellReady = resolve;
    });
    const say = (line: string) => line.includes(": ready on") && tellReady();
    const running = await createDaemon({ settings, moduleStarts: [here], say });
    await ready;
    const took = await beyond();
    const others = [await beyond(), await beyond()];
    if (turn > 0) first.push(took); // this program's own compilers are cold in the first turn
    if (turn > 0) later.push(...others);
    await running.stop(true);
    await running.ended;
  }
  return { first, later };
}
