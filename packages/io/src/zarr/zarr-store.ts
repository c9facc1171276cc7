import { open, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { AbsolutePath, AsyncReadable, RangeQuery } from "zarrita";
import { unreadable } from "../read/unreadable.ts";

/** Larger chunks and shards are not read in one piece. */
const largestRead = 2 ** 31 - 1;

/** Longer metadata are none. */
const largestJson = 2 ** 26;

/** The files of a Zarr in a local folder. Keys never lead out of it. */
export interface ZarrStore extends AsyncReadable {
  /** A JSON file, null when there is none. @throws ParfocalError INPUT_UNREADABLE when it is no JSON object */
  readJson(key: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** Bytes of the files below a key, counted until there are enough. */
  bytesBelow(key: string, enough: number): Promise<number>;
}

export function createZarrStore(folder: string): ZarrStore {
  const pathOf = (key: string): string => {
    const path = join(folder, key);
    if (path !== folder && !path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw unreadable(folder, `it names "${key}", which lies outside of it`, "get the file from somebody you trust");
    }
    return path;
  };
  let root: Promise<string> | null = null;
  /** A link that stays inside is followed, one that leads out is not. */
  async function refuseLinks(path: string): Promise<void> {
    root ??= realpath(folder);
    const [inside, place] = [await root, await realpath(path).catch(() => null)];
    if (place === null || place === inside || place.startsWith(inside + sep)) return;
    throw unreadable(folder, `it links to "${place}", which lies outside of it`, "get the file from somebody you trust");
  }
  async function read(key: string, range?: (size: number) => { start: number; length: number }): Promise<Uint8Array | undefined> {
    const path = pathOf(key);
    await refuseLinks(path);
    const stats = await stat(path).catch(() => null);
    if (stats === null || !stats.isFile()) return undefined;
    const { start, length } = range === undefined ? { start: 0, length: stats.size } : range(stats.size);
    if (start < 0 || length < 0 || start + length > stats.size || length > largestRead) {
      throw unreadable(folder, `${key} is cut off or damaged: bytes ${start} to ${start + length} of ${stats.size}`);
    }
    const file = await open(path);
    try {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, start);
      if (bytesRead < length) throw unreadable(folder, `${key} became shorter while it was read`);
      return bytes;
    } finally {
      await file.close();
    }
  }
  return {
    get: (key: AbsolutePath) => read(key),
    getRange: (key: AbsolutePath, range: RangeQuery) =>
      read(key, (size) =>
        "suffixLength" in range
          ? { start: size - range.suffixLength, length: range.suffixLength }
          : { start: range.offset, length: range.length },
      ),
    async bytesBelow(key, enough) {
      let bytes = 0;
      for (const entry of await readdir(pathOf(key), { recursive: true, withFileTypes: true })) {
        if (bytes >= enough) break;
        if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size;
      }
      return bytes;
    },
    async readJson(key) {
      const bytes = await read(key, (size) => ({ start: 0, length: Math.min(size, largestJson) }));
      if (bytes === undefined) return null;
      try {
        const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
        if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
      } catch (cause) {
        throw unreadable(folder, `${key} is not JSON: ${(cause as Error).message}`, "export the image again", cause);
      }
      throw unreadable(folder, `${key} is no JSON object`, "export the image again");
    },
  };
}
