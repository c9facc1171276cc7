import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Module, pythonFolder } from "@parfocal/core";
import { environmentState } from "../modules/environment-state.ts";
import { formatBytes } from "../text/format.ts";
import type { Check } from "./check.ts";

const group = "modules";

async function moduleCheck(module: Module): Promise<Check> {
  const name = `${module.name} ${module.version}`;
  const worker = join(pythonFolder(module.handle.folder), "worker.py");
  if (!existsSync(worker))
    return { group, name, status: "error", found: `${worker} is missing`, remedy: "install the module again" };
  const { state, reason, accelerator, bytes, downloadBytes } = await environmentState(module);
  if (state === "unavailable")
    return { group, name, status: "error", found: reason, remedy: `see \`parfocal info ${module.name}\`` };
  const why = `${accelerator}: ${reason}`;
  if (state === "ready") return { group, name, status: "ok", found: `ready, ${formatBytes(bytes ?? 0)} (${why})` };
  const size = downloadBytes === null ? "" : `, which downloads ${formatBytes(downloadBytes)}`;
  return {
    group,
    name,
    status: "ok",
    found: `not installed (${why}); \`parfocal env install ${module.name}\` or the first run installs it${size}`,
  };
}

/** Looks at every installed module: is it whole, can it run here, is its environment ready. */
export async function moduleChecks(modules: readonly Module[]): Promise<Check[]> {
  if (modules.length === 0) {
    return [
      { group, name: "none", status: "warning", found: "no module is installed", remedy: "run `npm install @parfocal/stardist`" },
    ];
  }
  return Promise.all(modules.map(moduleCheck));
}
