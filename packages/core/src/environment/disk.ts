import { existsSync } from "node:fs";
import { lstat, mkdir, opendir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ParfocalError } from "../errors/parfocal-error.ts";

/** Free bytes on the volume on which `folder` lies or would lie. */
export async function freeBytesAt(folder: string): Promise<number> {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  const volume = await statfs(existing);
  return volume.bavail * volume.bsize;
}

/** Bytes of all files below a folder, symbolic links not followed; files that vanish meanwhile count nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  const pending = [folder];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const current = next;
    try {
      const sizes: Promise<number>[] = [];
      for await (const entry of await opendir(current)) {
        const path = join(current, entry.name);
        if (entry.isDirectory()) pending.push(path);
        else if (entry.isFile())
          sizes.push(
            lstat(path).then(
              ({ size }) => size,
              () => 0,
            ),
          );
      }
      for (const size of await Promise.all(sizes)) bytes += size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return bytes;
}

/** For people: "1.4 GB". */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/**
 * Makes a folder, and its parents.
 * @throws ParfocalError ENV_PERMISSION when that is not possible, ENV_NO_SPACE when the volume is full.
 */
export async function makeFolder(folder: string, variable: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOSPC") {
      throw new ParfocalError("ENV_NO_SPACE", `the disk is full: ${folder} cannot be made`, {
        hint: `free some space, or set ${variable} to a folder on another disk`,
        details: { neededBytes: 0, freeBytes: 0, folder },
        cause: error,
      });
    }
    throw new ParfocalError("ENV_PERMISSION", `the folder ${folder} cannot be made: ${(error as Error).message}`, {
      hint: `make it writable, or set ${variable} to a folder that is`,
      details: { step: "venv", outputTail: [], logPath: null },
      cause: error,
    });
  }
}

/** Installed bytes are those of the wheels' files; bytecode comes on top. */
const bytecodeShare = 0.25;

/** @throws ParfocalError ENV_NO_SPACE when the volume has less free space than the environment will need. */
export function checkSpace(folder: string, installedBytes: number | null, freeBytes: number): void {
  if (installedBytes === null) return;
  const neededBytes = Math.ceil(installedBytes * (1 + bytecodeShare));
  if (freeBytes < neededBytes) throw noSpace("the environment", folder, neededBytes, freeBytes);
}

/** @throws ParfocalError ENV_NO_SPACE when the volume on which `path` will lie has less free space. */
export async function checkFreeSpace(path: string, neededBytes: number, what: string): Promise<void> {
  const freeBytes = await freeBytesAt(path);
  if (freeBytes < neededBytes) throw noSpace(what, dirname(path), neededBytes, freeBytes);
}

function noSpace(what: string, folder: string, neededBytes: number, freeBytes: number): ParfocalError<"ENV_NO_SPACE"> {
  return new ParfocalError(
    "ENV_NO_SPACE",
    `${what} needs ${formatBytes(neededBytes)} in ${folder}, where ${formatBytes(freeBytes)} are free`,
    {
      hint: "remove environments that are not needed with `parfocal env gc`, or set PARFOCAL_HOME to a folder on another disk",
      details: { neededBytes, freeBytes, folder },
    },
  );
}
