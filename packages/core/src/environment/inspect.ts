import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import type { EnvironmentStamp, Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { Accelerator, ModuleHandle } from "../module/manifest.ts";
import { environmentKey } from "./fingerprint.ts";
import { homeFolders } from "./folders.ts";
import { readLockFiles, readLocks } from "./lock.ts";
import { usersOf } from "./mark-in-use.ts";
import { platformKey } from "./platform.ts";
import { readSettings } from "./settings.ts";
import { discard, sweepStages } from "./stage.ts";
import { environmentProblem, readStamp } from "./stamp.ts";

/** An environment on this machine, ready or not. */
export interface EnvironmentInfo {
  readonly key: string;
  readonly folder: string;
  /** Null when it is missing or damaged. */
  readonly stamp: EnvironmentStamp | null;
  /** Why it cannot be used; null when it is ready. */
  readonly problem: string | null;
  /** Size when it was built; null when not known. */
  readonly bytes: number | null;
  /** Processes that use it now. */
  readonly usedBy: readonly number[];
}

/** What {@link gcEnvironments} did. */
export interface GcReport {
  readonly removed: readonly EnvironmentInfo[];
  readonly kept: readonly { readonly environment: EnvironmentInfo; readonly reason: string }[];
}

const keyPattern = /^[0-9a-f]{12}$/;

/** All environments under the home folder, by module name. */
export async function listEnvironments(settings: Partial<Settings> = {}): Promise<EnvironmentInfo[]> {
  const { environments } = homeFolders(readSettings(settings));
  const names = await readdir(environments).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  return names
    .filter((name) => keyPattern.test(name))
    .map((key) => {
      const folder = join(environments, key);
      const stamp = readStamp(folder);
      return { key, folder, stamp, problem: environmentProblem(folder), bytes: stamp?.bytes ?? null, usedBy: usersOf(folder) };
    })
    .sort((a, b) => (a.stamp?.module ?? "~").localeCompare(b.stamp?.module ?? "~") || a.key.localeCompare(b.key));
}

/**
 * Removes one environment.
 * @throws ParfocalError USAGE when there is no such environment or a process uses it.
 */
export async function removeEnvironment(key: string, settings: Partial<Settings> = {}): Promise<EnvironmentInfo> {
  const found = (await listEnvironments(settings)).find((environment) => environment.key === key);
  if (!found) {
    throw new ParfocalError("USAGE", `there is no environment "${key}"`, {
      hint: "see `parfocal env list` for those that there are",
    });
  }
  if (found.usedBy.length > 0) {
    throw new ParfocalError("USAGE", `the environment ${key} is in use by process ${found.usedBy.join(", ")}`, {
      hint: "close what runs in it, then try again",
    });
  }
  await removeFolder(found.folder);
  return found;
}

async function removeFolder(folder: string): Promise<void> {
  await discard(join(folder, ".."), folder, basename(folder));
  await rm(`${folder}.used`, { recursive: true, force: true });
}

/** Keys that a module's present locks lead to on this machine: every profile and accelerator, with and without its extra locks. */
export function currentKeys(handle: ModuleHandle): string[] {
  const platform = platformKey();
  return Object.keys(handle.manifest.profiles).flatMap((profile) => {
    const all = readLocks(handle, profile);
    const names = Object.keys(all.accelerators) as Accelerator[];
    const extraSets = [[], ...Object.keys(all.extras).map((extra) => [extra]), Object.keys(all.extras)];
    return names.flatMap((accelerator) =>
      extraSets.map((extras) => {
        const locks = readLockFiles(handle, profile, all, accelerator, extras);
        return environmentKey({ locks, pythonMinor: all.python, platform, profile, accelerator });
      }),
    );
  });
}

/**
 * Removes environments that none of these modules leads to any more, and what interrupted builds left. One that a process uses is kept.
 *
 * @throws ParfocalError ENV_LOCK_INVALID when a module's locks cannot be read: nothing is removed then.
 */
export async function gcEnvironments(handles: readonly ModuleHandle[], settings: Partial<Settings> = {}): Promise<GcReport> {
  const needed = new Map<string, string>();
  for (const handle of handles) for (const key of currentKeys(handle)) needed.set(key, handle.manifest.name);
  await sweepStages(homeFolders(readSettings(settings)).environments);
  const removed: EnvironmentInfo[] = [];
  const kept: { environment: EnvironmentInfo; reason: string }[] = [];
  for (const environment of await listEnvironments(settings)) {
    const owner = needed.get(environment.key);
    const users = usersOf(environment.folder);
    if (owner !== undefined && environment.problem === null) kept.push({ environment, reason: `${owner} needs it` });
    else if (users.length > 0) kept.push({ environment, reason: `in use by process ${users.join(", ")}` });
    else {
      await removeFolder(environment.folder);
      removed.push(environment);
    }
  }
  return { removed, kept };
}
