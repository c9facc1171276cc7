import {
  type Accelerator,
  defaultProfile,
  type LockFile,
  type Module,
  ParfocalError,
  readLock,
  readLocks,
  readPins,
  uvVersion,
  uvWheels,
} from "@parfocal/core";
import { type Compiler, lockPlatforms, type Wheel } from "create-parfocal-module";
import type { Target } from "../targets.ts";
import type { Remote } from "./fetch-remote.ts";

/** The lock of a module that a bundle brings the wheels of. */
export interface BundledLock {
  readonly module: Module;
  readonly profile: string;
  readonly accelerator: Accelerator;
  /** Whether it has a lock for the accelerator that was asked for, but not on this platform. */
  readonly fallsBack: boolean;
  readonly pythonMinor: string;
  readonly lock: LockFile;
  /** About what the environment takes; null when the lock does not say. */
  readonly installedBytes: number | null;
}

/**
 * The lock that a module uses on a platform: the accelerator's, or cpu's where the module has no other.
 *
 * @throws ParfocalError USAGE for a profile that it has not; DEVICE_UNAVAILABLE when it has no lock for the platform; ENV_LOCK_INVALID.
 */
export function chooseLock(module: Module, target: Target, accelerator: Accelerator, profile?: string): BundledLock {
  const { handle, manifest } = module;
  const wanted = profile ?? defaultProfile(handle);
  if (!(wanted in manifest.profiles)) {
    throw new ParfocalError("USAGE", `${manifest.name} has no profile "${wanted}"`, {
      hint: `it has: ${Object.keys(manifest.profiles).join(", ")}`,
    });
  }
  const locks = readLocks(handle, wanted);
  const has = (name: Accelerator): boolean => target.key in (locks.accelerators[name]?.platforms ?? {});
  const choice = has(accelerator) ? accelerator : "cpu";
  if (!has(choice)) {
    throw new ParfocalError("DEVICE_UNAVAILABLE", `${manifest.name} has no lock for ${target.key}`, {
      hint: "choose another platform, or leave the module out",
    });
  }
  const lock = readLock(handle, wanted, choice, locks.accelerators[choice]);
  const installedBytes = lock.entry.platforms[target.key]?.installedBytes ?? null;
  const fallsBack = choice !== accelerator && locks.accelerators[accelerator] !== undefined;
  return { module, profile: wanted, accelerator: choice, fallsBack, pythonMinor: locks.python, lock, installedBytes };
}

/**
 * The wheels that uv installs from a lock on a platform, each with a hash that the lock names.
 *
 * @throws ParfocalError LOCK_FAILED, ENV_NETWORK, ENV_LOCK_INVALID.
 */
export async function lockedWheels(
  compiler: Compiler,
  { lock, pythonMinor, module }: BundledLock,
  target: Target,
): Promise<Remote[]> {
  const request = { ...plain, name: module.name, pythonMinor, torchBackend: lock.entry.torchBackend };
  const wheels = await compiler.wheelsFor(lock.text, request, platformOf(target));
  const { pins } = readPins(lock.text);
  for (const wheel of wheels) {
    const pin = pins.find(({ name, hashes }) => normalize(name) === normalize(wheel.package) && hashes.includes(wheel.sha256));
    if (pin) continue;
    throw new ParfocalError("ENV_HASH_MISMATCH", `the lock ${lock.path} names no ${wheel.file} with the sha256 ${wheel.sha256}`, {
      hint: "the index gives out another file than when the lock was made; install the module again, or lock it anew",
      details: { step: "bundle", outputTail: [], logPath: null },
    });
  }
  return wheels.filter((wheel) => isNeeded(wheel, wheels)).map(toRemote);
}

/** uv prefers a wheel for the platform to one for any. */
function isNeeded({ file, package: name }: Wheel, all: readonly Wheel[]): boolean {
  const isForAny = (each: string): boolean => each.endsWith("-none-any.whl");
  return !isForAny(file) || !all.some((other) => other.package === name && !isForAny(other.file));
}

/**
 * The pinned wheel of uv for a platform.
 *
 * @throws ParfocalError LOCK_FAILED, ENV_NETWORK, USAGE.
 */
export async function uvWheel(compiler: Compiler, pythonMinor: string, target: Target): Promise<Remote> {
  const pinned = uvWheels[target.key];
  if (!pinned) throw new ParfocalError("USAGE", `no uv is pinned for ${target.key}`, { hint: "choose another platform" });
  const text = `uv==${uvVersion} --hash=sha256:${pinned.sha256}\n`;
  const found = await compiler.wheelsFor(text, { ...plain, name: "uv", pythonMinor, torchBackend: null }, platformOf(target));
  const wheel = found.find(({ sha256 }) => sha256 === pinned.sha256);
  if (!wheel) {
    throw new ParfocalError("ENV_HASH_MISMATCH", `the index has no ${pinned.file} with the sha256 ${pinned.sha256}`, {
      hint: "use another index: PARFOCAL_INDEX",
      details: { step: "bundle", outputTail: [], logPath: null },
    });
  }
  return toRemote(wheel);
}

const plain = { requirements: [], constraints: [], previous: null } as const;

function platformOf({ key }: Target): (typeof lockPlatforms)[number] {
  return lockPlatforms.find((platform) => platform.key === key)!; // targets are some of them
}

function normalize(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

function toRemote({ file, location, bytes, sha256 }: Wheel): Remote {
  return { name: file, location, bytes, algorithm: "sha256", digest: sha256 };
}
