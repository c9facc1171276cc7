import { rename, rm, stat } from "node:fs/promises";
import { partialName } from "./partial-name.ts";

/**
 * Writes a folder that appears under its name only when it is whole: beside it, then the earlier one is renamed away, the new one to its name, and the earlier one
 * removed. A process that is killed leaves the old or the new, at the worst under the name that `removePartialFiles` puts right.
 *
 * @param write gets the path of the folder to make
 * @throws what `write` and the file system throw; the earlier folder is in its place then
 */
export async function writeFolderAtomically(path: string, write: (folder: string) => Promise<void>): Promise<void> {
  const partial = partialName(path, "partial");
  const replaced = partialName(path, "replaced");
  try {
    await write(partial);
    const isThere = (await stat(path).catch(() => null)) !== null;
    if (isThere) await rename(path, replaced);
    try {
      await rename(partial, path);
    } catch (error) {
      if (isThere) await rename(replaced, path);
      throw error;
    }
  } catch (error) {
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  // the new one is in its place: what cannot be removed now is removed by the next batch
  await rm(replaced, { recursive: true, force: true }).catch(() => undefined);
}
