import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { ParfocalError } from "@parfocal/core";
import { unreadable } from "./unreadable.ts";

/** Node refuses single reads of 2 GiB and more. */
const chunkBytes = 1 << 30;
/** What is read at once for small things that lie close together, such as the directories of a TIFF. */
const windowBytes = 1 << 14;

/** A file that is open for reading. Its size is that of when it was opened. */
export interface InputFile {
  readonly path: string;
  readonly size: number;
  /** Bytes from an offset; small ones may be a view of a buffer that is shared. Throws INPUT_UNREADABLE beyond the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Fills bytes from an offset. Throws INPUT_UNREADABLE beyond the end. */
  readInto(bytes: Uint8Array, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** @throws ParfocalError INPUT_NOT_FOUND; INPUT_UNREADABLE for a folder, an empty file, or one that may not be read */
export async function openInputFile(path: string): Promise<InputFile> {
  let file: FileHandle | null = null;
  try {
    // a pipe that nobody writes to would never open
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const stats = await file.stat();
    if (stats.isDirectory()) throw unreadable(path, "it is a folder", "give the image files in it");
    if (!stats.isFile()) throw unreadable(path, "it is not a regular file", "give the path of an image file");
    if (stats.size === 0) throw unreadable(path, "the file is empty", "copy or export the image again");
    return createInputFile(path, file, stats.size);
  } catch (cause) {
    await file?.close();
    if (cause instanceof ParfocalError) throw cause;
    throw notOpened(path, cause as NodeJS.ErrnoException);
  }
}

function createInputFile(path: string, file: FileHandle, size: number): InputFile {
  let window: { readonly start: number; readonly bytes: Uint8Array } | null = null;
  function checkRange(offset: number, length: number): void {
    if (offset >= 0 && length >= 0 && offset + length <= size) return;
    throw unreadable(path, `it is cut off or damaged: it needs bytes up to ${offset + length}, the file has ${size}`);
  }
  async function readInto(bytes: Uint8Array, offset: number): Promise<void> {
    checkRange(offset, bytes.byteLength);
    for (let done = 0; done < bytes.byteLength; ) {
      const length = Math.min(chunkBytes, bytes.byteLength - done);
      const { bytesRead } = await readOrExplain(path, file, bytes, done, length, offset + done);
      if (bytesRead === 0)
        throw unreadable(path, "it became shorter while it was read", "wait until it is written, then try again");
      done += bytesRead;
    }
  }
  return {
    path,
    size,
    readInto,
    async read(offset, length) {
      // before anything is allocated: a damaged file may ask for any length
      checkRange(offset, length);
      if (length > windowBytes) {
        const bytes = new Uint8Array(length);
        await readInto(bytes, offset);
        return bytes;
      }
      if (window === null || offset < window.start || offset + length > window.start + window.bytes.byteLength) {
        const bytes = new Uint8Array(Math.max(length, Math.min(windowBytes, size - offset)));
        await readInto(bytes, offset);
        window = { start: offset, bytes };
      }
      return window.bytes.subarray(offset - window.start, offset - window.start + length);
    },
    close: () => file.close(),
  };
}

async function readOrExplain(path: string, file: FileHandle, bytes: Uint8Array, at: number, length: number, position: number) {
  try {
    return await file.read(bytes, at, length, position);
  } catch (cause) {
    throw unreadable(path, (cause as Error).message, "check the disk or network drive it lies on", cause);
  }
}

function notOpened(path: string, cause: NodeJS.ErrnoException): ParfocalError {
  if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
    return new ParfocalError("INPUT_NOT_FOUND", `there is no file ${path}`, { hint: "check the path", cause });
  }
  if (cause.code === "EACCES" || cause.code === "EPERM") {
    return unreadable(path, "no permission to read it", "change its permissions, or copy it to a folder of yours", cause);
  }
  if (cause.code === "EISDIR") return unreadable(path, "it is a folder", "give the image files in it", cause);
  return unreadable(path, cause.message, "check that it is a file that you may read", cause);
}
