import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { Accelerator, ModuleHandle } from "../module/manifest.ts";
import { pythonFolder } from "../module/python-folder.ts";
import { lintLock } from "./lint-lock.ts";
import { type LockEntry, type Locks, locksSchema } from "./lock-schema.ts";

/** A lock file that agrees with locks.json. */
export interface LockFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
  readonly entry: LockEntry;
}

/** The profile that is meant where nobody names one: "default", else the first that the module declares. */
export function defaultProfile({ manifest }: ModuleHandle): string {
  const [first = "default"] = Object.keys(manifest.profiles);
  return "default" in manifest.profiles ? "default" : first;
}

/** Folder of a profile's locks. */
export function locksFolder(handle: ModuleHandle, profile: string): string {
  return join(pythonFolder(handle.folder), "locks", profile);
}

function invalid(message: string, cause?: unknown): never {
  throw new ParfocalError("ENV_LOCK_INVALID", message, {
    hint: "install the module again; if it is your own, run `parfocal lock`",
    ...(cause !== undefined && { cause }),
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    return invalid(missing ? `the lock file ${path} does not exist` : `the lock file ${path} cannot be read`, error);
  }
}

/**
 * Reads a profile's locks.json.
 * @throws ParfocalError ENV_LOCK_INVALID when it is missing or damaged.
 */
export function readLocks(handle: ModuleHandle, profile: string): Locks {
  const path = join(locksFolder(handle, profile), "locks.json");
  const text = readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return invalid(`${path} is not valid JSON`, error);
  }
  const locks = locksSchema.safeParse(value);
  return locks.success ? locks.data : invalid(`${path} is not valid: ${z.prettifyError(locks.error)}`);
}

/**
 * Reads one lock file and compares it with locks.json.
 * @throws ParfocalError ENV_LOCK_INVALID when it is missing, was changed afterwards, or breaks the rules for locks.
 */
export function readLock(handle: ModuleHandle, profile: string, name: string, entry: LockEntry | undefined): LockFile {
  const path = join(locksFolder(handle, profile), `${name}.txt`);
  if (!entry) return invalid(`locks.json beside ${path} has no entry "${name}"`);
  const text = readText(path);
  const sha256 = createHash("sha256").update(text).digest("hex");
  if (sha256 !== entry.sha256)
    return invalid(`the lock file ${path} is not the one that locks.json names: its sha256 is ${sha256}`);
  return { name, path, text, sha256, entry };
}

/** The accelerator's lock and the extra ones on top of it, in this order. */
export function readLockFiles(
  handle: ModuleHandle,
  profile: string,
  locks: Locks,
  accelerator: Accelerator,
  extraLocks: readonly string[],
): LockFile[] {
  const extras = [...new Set(extraLocks)].sort();
  return [
    readLock(handle, profile, accelerator, locks.accelerators[accelerator]),
    ...extras.map((name) => readLock(handle, profile, name, locks.extras[name])),
  ];
}

/** @throws ParfocalError ENV_LOCK_INVALID naming the first line that breaks the rules for locks. */
export function checkLockRules(lock: LockFile): void {
  const [first] = lintLock(lock.text);
  if (first) invalid(`the lock file ${lock.path} breaks the rules for locks: line ${first.line} ${first.problem}`);
}
