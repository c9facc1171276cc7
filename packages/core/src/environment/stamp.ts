import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import type { AcceleratorChoice, Environment, EnvironmentStamp } from "../contract/environment.ts";
import { accelerators } from "../module/manifest.ts";
import { environmentPython, environmentSitePackages } from "./platform.ts";

const stampFile = "ready.json";

export const stampSchema = z.object({
  stampVersion: z.literal(1),
  key: z.string(),
  module: z.string(),
  moduleVersion: z.string(),
  profile: z.string(),
  accelerator: z.enum(accelerators),
  acceleratorReason: z.string(),
  lockSha256: z.string(),
  platform: z.string(),
  python: z.object({ version: z.string(), base: z.string(), source: z.string() }),
  uv: z.object({ version: z.string(), path: z.string(), source: z.string() }),
  probe: z.record(z.string(), z.string()),
  bytes: z.number(),
  createdAt: z.string(),
}) satisfies z.ZodType<EnvironmentStamp>;

/** Writes the stamp and waits until it is on the disk; the environment counts as ready once its folder has its final name. */
export function writeStamp(folder: string, stamp: EnvironmentStamp): void {
  const file = openSync(join(folder, stampFile), "w");
  try {
    writeSync(file, `${JSON.stringify(stamp, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Changes the stamp of an environment that is ready. Where it may not be written it stays as it is. */
export function replaceStamp(folder: string, stamp: EnvironmentStamp): void {
  const partial = join(folder, `${stampFile}.${process.pid}`);
  try {
    writeFileSync(partial, `${JSON.stringify(stamp, null, 2)}\n`);
    renameSync(partial, join(folder, stampFile));
  } catch {
    rmSync(partial, { force: true });
  }
}

/** The stamp of an environment; null when there is none, it is damaged or of another layout. */
export function readStamp(folder: string): EnvironmentStamp | null {
  try {
    const stamp = stampSchema.parse(JSON.parse(readFileSync(join(folder, stampFile), "utf8")));
    return stamp.key === basename(folder) ? stamp : null;
  } catch {
    return null;
  }
}

/** Why an environment cannot be used, null when it can: its stamp, its interpreter, the base interpreter, its packages. */
export function environmentProblem(folder: string): string | null {
  const stamp = readStamp(folder);
  if (!stamp) return "its stamp is missing, damaged or of another version";
  if (!statSync(stamp.python.base, { throwIfNoEntry: false })) return `its base interpreter ${stamp.python.base} is gone`;
  if (!statSync(environmentPython(folder), { throwIfNoEntry: false })) return "its interpreter is gone";
  const { sitePackages } = describe(folder, stamp);
  return statSync(sitePackages, { throwIfNoEntry: false })?.isDirectory() ? null : "its packages are gone";
}

function describe(folder: string, stamp: EnvironmentStamp): { python: string; sitePackages: string } {
  const minor = stamp.python.version.split(".").slice(0, 2).join(".");
  return { python: environmentPython(folder), sitePackages: environmentSitePackages(folder, minor) };
}

/** The environment in a folder, null unless it is ready. Reads one file and checks three paths. */
export function openEnvironment(folder: string, choice: AcceleratorChoice): Environment | null {
  const stamp = readStamp(folder);
  if (!stamp || environmentProblem(folder) !== null) return null;
  return { key: stamp.key, folder, ...describe(folder, stamp), stamp, choice };
}
