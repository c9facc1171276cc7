import { type FileHandle, open, readdir, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { partialName, readLeftover } from "./partial-name.ts";

/** Node refuses single reads and writes of 2 GiB and more. */
const chunkBytes = 1 << 30;

/** A file that is being written under a temporary name. */
export interface AtomicFile {
  /** Appends bytes; returns when the operating system has all of them. */
  append(bytes: Uint8Array): Promise<void>;
  /** Writes bytes at a place that was appended before. */
  overwrite(bytes: Uint8Array, position: number): Promise<void>;
}

/**
 * Writes a file that appears under its name only when it is whole: under a temporary name in the same folder, then renamed. A link
 * is followed, so that the file it points to is replaced and the link stays. Nothing is left behind on failure.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE with the cause: no such folder, no permission, no space, a folder of that name. Errors of
 *   Parfocal that `write` throws pass through.
 */
export async function writeAtomically(path: string, write: (file: AtomicFile) => Promise<void>): Promise<void> {
  let partial: string | null = null;
  try {
    const target = await followLinks(path);
    partial = partialName(target, "partial");
    const file = await open(partial, "wx");
    try {
      await write(createAtomicFile(file));
    } finally {
      await file.close();
    }
    await rename(partial, target);
  } catch (cause) {
    if (partial !== null) await rm(partial, { force: true }).catch(() => undefined);
    throw cause instanceof ParfocalError ? cause : unwritable(path, cause);
  }
}

/**
 * Clears up what processes of this machine left of {@link writeAtomically} and `writeFolderAtomically` in a folder when they were killed: what is half-written goes, and
 * what was to be replaced gets its name back where nothing has it. What belongs to processes that still run, and to other machines, stays.
 */
export async function removePartialFiles(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  await Promise.all(names.map((name) => clearUp(folder, name).catch(() => undefined)));
}

async function clearUp(folder: string, name: string): Promise<void> {
  const left = readLeftover(name);
  if (left === null) return;
  const target = join(folder, left.target);
  const isGone = left.kind === "replaced" && (await stat(target).catch(() => null)) === null;
  if (isGone) await rename(join(folder, name), target);
  else await rm(join(folder, name), { recursive: true, force: true });
}

function createAtomicFile(file: FileHandle): AtomicFile {
  let end = 0;
  const writeAt = async (bytes: Uint8Array, position: number): Promise<void> => {
    for (let done = 0; done < bytes.byteLength; ) {
      const length = Math.min(chunkBytes, bytes.byteLength - done);
      done += (await file.write(bytes, done, length, position + done)).bytesWritten;
    }
  };
  return {
    async append(bytes) {
      await writeAt(bytes, end);
      end += bytes.byteLength;
    },
    overwrite: writeAt,
  };
}

async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return path;
    throw error;
  }
}

const reasons: Readonly<Record<string, (path: string) => readonly [reason: string, hint: string]>> = {
  ENOENT: (path) => ["its folder does not exist", `create the folder ${dirname(path)} first, or choose another`],
  ENOTDIR: () => ["a part of its path is a file, not a folder", "choose another folder"],
  EACCES: () => ["no permission", "choose a folder that you may write to, or change its permissions"],
  EPERM: () => ["no permission", "close programs that have the file open, or choose another folder"],
  EBUSY: () => ["another program has it open", "close the file there, or choose another name"],
  EROFS: () => ["the disk is read-only", "choose a folder on another disk"],
  EISDIR: () => ["a folder has this name", "choose another name"],
  ENOTEMPTY: () => ["a folder has this name", "choose another name"],
  EEXIST: () => ["a folder has this name", "choose another name"],
  ENOSPC: () => ["the disk is full", "free some space, or choose a folder on another disk"],
  EDQUOT: () => ["your disk quota is used up", "free some space, or choose a folder on another disk"],
  EFBIG: () => ["the file system takes no file of this size", "choose a folder on another disk"],
  ENAMETOOLONG: () => ["its name is too long", "choose a shorter name"],
};

function unwritable(path: string, cause: unknown): ParfocalError<"OUTPUT_UNWRITABLE"> {
  const known = reasons[(cause as NodeJS.ErrnoException).code ?? ""];
  const text = cause instanceof Error ? cause.message : String(cause);
  const [reason, hint] = known?.(path) ?? [text, "choose another folder or name"];
  return new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: ${reason}`, { hint, cause });
}
