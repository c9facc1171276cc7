import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { chmod, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ParfocalError } from "@parfocal/core";
import { invalidBundle, throwIfCancelled } from "../failures.ts";
import { hashFile } from "../hash-file.ts";
import type { BundleFile } from "../manifest.ts";
import type { OpenBundle } from "./open-bundle.ts";

/** Whether a file is already there as the bundle has it. */
export async function isPlaced(file: BundleFile, place: string): Promise<boolean> {
  const found = await stat(place).catch(() => null);
  if (!found?.isFile() || found.size !== file.bytes) return false;
  return (await hashFile(place)).digest === file.sha256;
}

/**
 * Puts one file of a bundle to its place, unless it is there: under another name first, hashed on the way.
 *
 * @throws ParfocalError BUNDLE_INVALID, ENV_NO_SPACE, ENV_PERMISSION, CANCELLED.
 */
export async function placeFile(
  bundle: OpenBundle,
  file: BundleFile,
  place: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  throwIfCancelled(signal);
  if (await isPlaced(file, place)) return onBytes(file.bytes);
  const part = `${place}.part`;
  try {
    await mkdir(dirname(place), { recursive: true });
    const hash = createHash("sha256");
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        onBytes(chunk.length);
        done(null, chunk);
      },
    });
    await pipeline(await bundle.read(file.path), count, createWriteStream(part), { ...(signal && { signal }) });
    if (hash.digest("hex") !== file.sha256) throw invalidBundle(bundle.place, `${file.path} changed while it was copied`);
    if (file.executable && process.platform !== "win32") await chmod(part, 0o755);
    await rename(part, place);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    throwIfCancelled(signal);
    throw placeFailure(place, error);
  }
}

/** What a failed write means for the user. */
export function placeFailure(place: string, error: unknown): Error {
  if (error instanceof ParfocalError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ParfocalError("ENV_NO_SPACE", `the disk is full: ${place} could not be written`, {
      hint: "free some space and install again; it goes on where it was",
      details: { neededBytes: 0, freeBytes: 0, folder: dirname(place) },
      cause: error,
    });
  }
  return new ParfocalError("ENV_PERMISSION", `${place} could not be written: ${message}`, {
    hint: "close Parfocal if it runs, or install to another folder with --to; then it goes on where it was",
    details: { step: "bundle", outputTail: [], logPath: null },
    cause: error,
  });
}
