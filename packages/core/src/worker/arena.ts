import { randomBytes } from "node:crypto";
import { accessSync, constants, lstatSync, mkdirSync, readdirSync, rmSync, statfsSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, isAbsolute, join, normalize, sep } from "node:path";
import { processStart } from "../environment/process-identity.ts";
import { pidNamespace } from "./pid-namespace.ts";

/** Folder that holds the slots of this process. Removed with everything in it when the process ends. */
export interface Arena {
  /** In shared memory where there is some. */
  readonly folder: string;
  /** On disk, for what does not fit; made when first needed. */
  readonly fallback: string;
  /** Deletes the slots whose names start with the prefix, except those to keep. */
  removeSlots(prefix: string, keep: ReadonlySet<string>): void;
  remove(): void;
}

/** Below this much free space shared memory is not worth starting with. */
const minimumFreeBytes = 1024 * 1024;
const namePattern = /^parfocal-([^-]+)-(\d+)-(\d+)-(\d+)-[0-9a-f]+$/;

/** Folders in which arenas may lie, best first. */
export function arenaRoots(environment: NodeJS.ProcessEnv = process.env): string[] {
  const named = environment.PARFOCAL_ARENA_ROOT;
  if (named) return [named, tmpdir()];
  if (process.platform !== "linux") return [tmpdir()];
  const runtime = environment.XDG_RUNTIME_DIR;
  return ["/dev/shm", ...(runtime ? [runtime] : []), tmpdir()];
}

/**
 * Makes an arena in the first root that can be written and has space, after sweeping what dead processes left in all of them.
 * @throws the last root's system error when none can be written.
 */
export function createArena(roots = arenaRoots()): Arena {
  for (const root of new Set(roots)) sweepArenas(root);
  const name = `parfocal-${userName()}-${process.pid}-${processStart(process.pid)}-${pidNamespace()}-${randomBytes(6).toString("hex")}`;
  const folder = makeFolder(roots, name);
  const fallback = join(roots.at(-1) ?? tmpdir(), `${name}0`);
  return {
    folder,
    fallback,
    removeSlots(prefix, keep) {
      for (const place of [folder, fallback]) {
        for (const entry of listFolder(place)) {
          const path = join(place, entry);
          if (entry.startsWith(`${prefix}-`) && !keep.has(path)) unlinkQuietly(path);
        }
      }
    },
    remove() {
      for (const place of [folder, fallback]) rmSync(place, { recursive: true, force: true });
    },
  };
}

function makeFolder(roots: readonly string[], name: string): string {
  let failure: unknown;
  for (const [index, root] of roots.entries()) {
    const isLast = index === roots.length - 1;
    try {
      accessSync(root, constants.W_OK);
      if (!isLast && freeBytes(root) < minimumFreeBytes) continue;
      const folder = join(root, name);
      mkdirSync(folder, { mode: 0o700 });
      return folder;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Removes the arenas in a root whose owner is this user and no longer lives. */
export function sweepArenas(root: string): void {
  const namespace = pidNamespace();
  for (const entry of listFolder(root)) {
    const [, user, pid, startTime, space] = namePattern.exec(entry) ?? [];
    if (user !== userName() || space !== namespace) continue;
    if (processStart(Number(pid)) === startTime) continue;
    rmSync(join(root, entry), { recursive: true, force: true });
  }
}

/** Free bytes of the file system that a folder lies on; Infinity where that cannot be told. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}

/** Deletes a slot; that it is gone already is fine. */
export function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

/** True when a path names a slot directly inside the arena. */
export function isInArena(arena: Pick<Arena, "folder" | "fallback">, path: string): boolean {
  const end = path.lastIndexOf(sep);
  const folder = path.slice(0, end);
  const name = path.slice(end + 1);
  return (folder === arena.folder || folder === arena.fallback) && name !== "" && name !== "." && name !== "..";
}

/** True for a slot in an arena that belongs to this user, whichever process made it; false for links and for anything else. */
export function isSlotOfUser(path: string): boolean {
  const folder = dirname(path);
  const [, user] = namePattern.exec(basename(folder)) ?? [];
  if (user !== userName() || !isAbsolute(path) || normalize(path) !== path) return false;
  const place = lstatSync(folder, { throwIfNoEntry: false });
  const file = lstatSync(path, { throwIfNoEntry: false });
  const isOurs = (owner: number) => process.getuid === undefined || owner === process.getuid();
  return place?.isDirectory() === true && file?.isFile() === true && isOurs(place.uid) && isOurs(file.uid);
}

function userName(): string {
  return String(process.getuid?.() ?? "user");
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
