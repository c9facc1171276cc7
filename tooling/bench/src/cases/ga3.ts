import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureEnvironment, readModule, readSettings } from "@parfocal/core";
import { clientFolder } from "@parfocal/nis-elements";
import { daemonCommand, startDaemon, stopDaemon } from "@parfocal/server";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { summarize } from "../statistics.ts";

const place = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const turns = 60;

/** What a node of NIS-Elements pays for a frame beyond the model. */
export async function ga3(): Promise<CaseResult> {
  const { handle } = await readModule(place("fixtures/cast"));
  const { python } = await ensureEnvironment(handle, { device: "cpu" });
  const home = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  await mkdir(join(readSettings().home, "e"), { recursive: true });
  await symlink(join(readSettings().home, "e"), join(home, "e")); // a daemon of its own, with the environments that are there
  const settings = { home };
  try {
    await startDaemon({ settings, moduleStarts: [home] });
    const places = {
      client: clientFolder,
      module: handle.folder,
      state: join(home, "daemon", "daemon.json"),
      daemon: daemonCommand([home]),
    };
    const { stdout } = await execa(python, ["-I", place("python/ga3_node.py"), JSON.stringify(places), String(turns)]);
    const samples = JSON.parse(stdout) as Readonly<Record<"frames" | "beyond" | "copying", number[]>>;
    const [frames, beyond, copying] = [samples.frames, samples.beyond, samples.copying].map(summarize);
    return {
      name: "a node of NIS-Elements",
      text: "A frame of 2048 x 2048 uint16 through `run()` of a warm node: the image out of its input, a module that casts it to int32, labels checked and written into its output. Copying is a copy of both arrays, 24 MiB, in the same process, in turns with the frames.",
      rows: [
        { way: "run()", ms: frames! },
        { way: "run() beyond what the model computes", ms: beyond! },
        { way: "copying 24 MiB", ms: copying! },
      ],
      figures: { "ga3-copies-ratio": beyond!.p50 / copying!.p50 },
    };
  } finally {
    await stopDaemon({ now: true, settings });
    await rm(home, { recursive: true });
  }
}
