import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { unpackTar as unpackInto } from "modern-tar/fs";

/**
 * Unpacks what is wanted of a `.tar.gz` into a folder.
 *
 * @param wanted whether an entry is wanted, by its path in the archive.
 * @throws Error for an archive that is damaged or has entries that lead out of it.
 */
export async function unpackTar(path: string, folder: string, wanted: (path: string) => boolean): Promise<void> {
  const into = unpackInto(folder, { filter: ({ name }) => wanted(name) });
  await pipeline(createReadStream(path), createGunzip(), into);
}
