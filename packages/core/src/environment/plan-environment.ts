import { join } from "node:path";
import type { AcceleratorChoice, EnvironmentOptions, Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { chooseFromLocks } from "./accelerator.ts";
import { environmentKey } from "./fingerprint.ts";
import { homeFolders } from "./folders.ts";
import { defaultProfile, type LockFile, readLockFiles, readLocks } from "./lock.ts";
import { platformKey } from "./platform.ts";
import { readSettings } from "./settings.ts";

/** Which environment a call needs, and all that is needed to build it. */
export interface EnvironmentPlan {
  readonly handle: ModuleHandle;
  readonly settings: Settings;
  readonly profile: string;
  readonly choice: AcceleratorChoice;
  /** The accelerator's lock, then extra ones. */
  readonly locks: readonly [LockFile, ...LockFile[]];
  /** Minor version of Python, for example "3.11". */
  readonly pythonMinor: string;
  readonly platform: string;
  readonly key: string;
  /** Where the environment lies or will lie. */
  readonly folder: string;
}

/**
 * Works out which environment is needed: reads settings and locks, chooses the accelerator. Starts no process, except for nvidia-smi where
 * only it knows the driver and it has not been asked before.
 * @throws ParfocalError USAGE, MODULE_INVALID, ENV_LOCK_INVALID, DEVICE_UNAVAILABLE.
 */
export async function planEnvironment(handle: ModuleHandle, options: EnvironmentOptions = {}): Promise<EnvironmentPlan> {
  const settings = readSettings(options.settings);
  const profile = options.profile ?? defaultProfile(handle);
  if (!(profile in handle.manifest.profiles)) {
    throw new ParfocalError("USAGE", `${handle.manifest.name} has no profile "${profile}"`, {
      hint: `it has: ${Object.keys(handle.manifest.profiles).join(", ")}`,
    });
  }
  const all = readLocks(handle, profile);
  const choice = await chooseFromLocks(handle.manifest.name, all, options.device ?? "auto", settings);
  const [first, ...extra] = readLockFiles(handle, profile, all, choice.accelerator, options.extraLocks ?? []);
  const locks = [first as LockFile, ...extra] as const;
  const platform = platformKey();
  const key = environmentKey({ locks, pythonMinor: all.python, platform, profile, accelerator: choice.accelerator });
  const folder = join(homeFolders(settings).environments, key);
  return { handle, settings, profile, choice, locks, pythonMinor: all.python, platform, key, folder };
}

/** Bytes to download and bytes on disk, of all locks together; null when one does not say. */
export function plannedBytes(plan: EnvironmentPlan): { downloadBytes: number | null; installedBytes: number | null } {
  const add = (pick: "downloadBytes" | "installedBytes"): number | null => {
    let sum: number | null = 0;
    for (const lock of plan.locks) {
      const bytes = lock.entry.platforms[plan.platform]?.[pick] ?? null;
      sum = sum === null || bytes === null ? null : sum + bytes;
    }
    return sum;
  };
  return { downloadBytes: add("downloadBytes"), installedBytes: add("installedBytes") };
}
