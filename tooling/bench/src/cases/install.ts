import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureEnvironment, type ParfocalEvent, readSettings } from "@parfocal/core";
import { stardist } from "@parfocal/stardist";
import { execa } from "execa";
import type { CaseResult } from "../case.ts";
import { interleave, summarize, time } from "../statistics.ts";

const phases = ["venv", "download", "install"] as const;

/** Building StarDist's environment against bare uv with the same lock, from the same warm cache. */
export async function install(): Promise<CaseResult> {
  const settings = readSettings();
  const ready = await ensureEnvironment(stardist.handle, { device: "cpu" });
  const lock = join(stardist.handle.folder, "python", "locks", "default", "cpu.txt");
  const uvEnvironment = { UV_CACHE_DIR: settings.uvCache, UV_FIND_LINKS: settings.wheelhouse.join(" ") };
  const rest: number[] = [];
  const home = await mkdtemp(join(tmpdir(), "parfocal-bench-"));
  let turn = 0;
  const nextFolder = (name: string): string => {
    turn += 1;
    return join(home, `${name}-${turn}`);
  };
  try {
    const samples = await interleave(5, {
      ours: async () => {
        const events: ParfocalEvent[] = [];
        const own = { ...settings, home: nextFolder("ours") };
        await ensureEnvironment(stardist.handle, { device: "cpu", settings: own, onEvent: (event) => events.push(event) });
        await rm(own.home, { recursive: true });
        const times = events.find((event) => event.type === "env-build-end")?.phasesMs ?? {};
        rest.push((times.compile ?? 0) + (times.probe ?? 0));
        return phases.reduce((sum, phase) => sum + (times[phase] ?? 0), 0);
      },
      bare: async () => {
        const folder = nextFolder("bare");
        const { path } = ready.stamp.uv;
        const install = ["pip", "install", "--python", folder, "--require-hashes", "--no-build", "--no-deps", "-r", lock];
        const ms = await time(async () => {
          await execa(path, ["venv", "--no-project", "--python", ready.stamp.python.base, folder], { env: uvEnvironment });
          await execa(path, install, { env: uvEnvironment });
        });
        await rm(folder, { recursive: true });
        return ms;
      },
    });
    const rows = { ours: summarize(samples.ours), bare: summarize(samples.bare) };
    return {
      name: "building an environment",
      text: "StarDist's environment from its lock, all wheels in uv's cache: the phases venv, download and install against `uv venv` and `uv pip install` with the same lock. Bytecode compilation and the probe, which bare uv does not do, are a row of their own.",
      rows: [
        { way: "Parfocal: venv and install", ms: rows.ours },
        { way: "bare uv: venv and install", ms: rows.bare },
        { way: "Parfocal: compile and probe", ms: summarize(rest) },
      ],
      figures: { "install-ratio": rows.ours.p50 / rows.bare.p50 },
    };
  } finally {
    await rm(home, { recursive: true });
  }
}
