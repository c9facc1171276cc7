import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { openPromise } from "yauzl";
import { invalid } from "./failures.ts";
import { hashFile } from "./hash-file.ts";

/**
 * Unpacks an archive into a folder that is named by its hash, once.
 *
 * @param cache folder that the result lies in.
 * @returns the folder.
 * @throws ParfocalError WEIGHTS_INVALID when the archive is damaged or an entry would lie outside of the folder.
 */
export async function unpackZip(path: string, cache: string, signal?: AbortSignal): Promise<string> {
  const folder = join(cache, "unpacked", (await hashFile(path, signal)).slice(0, 32));
  if (await isThere(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const staging = await mkdtemp(`${folder}.`);
  try {
    await extract(path, staging, signal);
    await rename(staging, folder).catch(async (error: NodeJS.ErrnoException) => {
      if (!(await isThere(folder))) throw error; // else another process was first
    });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  return folder;
}

async function extract(path: string, target: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    const archive = await openPromise(path, { lazyEntries: true });
    try {
      for await (const entry of archive.eachEntry()) {
        signal?.throwIfAborted();
        const place = join(target, entry.fileName);
        if (!place.startsWith(target + sep)) throw new Error(`the entry ${entry.fileName} lies outside of the archive`);
        if (entry.fileName.endsWith("/")) {
          await mkdir(place, { recursive: true });
          continue;
        }
        await mkdir(dirname(place), { recursive: true });
        await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(place), { signal });
      }
    } finally {
      archive.close();
    }
  } catch (cause) {
    signal?.throwIfAborted();
    throw invalid(`${path} cannot be unpacked: ${(cause as Error).message}`, "fetch the file again", cause);
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
