import { ParfocalError } from "../errors/parfocal-error.ts";
import { freeBytesAt } from "./disk.ts";

const permissionCodes = ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EISDIR"];

/** Turns an error of the file system that a build met into one that says what to do; other errors come back as they are. */
export async function fileFailure(error: unknown, folder: string, step: string): Promise<unknown> {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ParfocalError("ENV_NO_SPACE", `the disk filled up at "${step}": ${message}`, {
      hint: "free some space, or set PARFOCAL_HOME and PARFOCAL_UV_CACHE to folders on another disk",
      details: { neededBytes: 0, freeBytes: await freeBytesAt(folder).catch(() => 0), folder },
      cause: error,
    });
  }
  if (permissionCodes.includes(code ?? "")) {
    return new ParfocalError("ENV_PERMISSION", `a folder cannot be written at "${step}": ${message}`, {
      hint: `make ${folder} writable, or set PARFOCAL_HOME to a folder that is`,
      details: { step, outputTail: [], logPath: null },
      cause: error,
    });
  }
  return error;
}
