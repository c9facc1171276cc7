import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { folderBytes } from "./disk.ts";

/**
 * Watches how much uv has unpacked into its cache since the watch was made. uv unpacks while it downloads, so this follows the download;
 * what other builds fetch at the same time is counted too.
 */
export function watchCache(cache: string, sinceMs: number): () => Promise<number> {
  const finished = new Map<string, { mtimeMs: number; bytes: number }>();
  const newEntries = async (folder: string): Promise<{ path: string; mtimeMs: number }[]> => {
    const entries: { path: string; mtimeMs: number }[] = [];
    for (const name of await readdir(folder).catch(() => [])) {
      const info = await stat(join(folder, name)).catch(() => null);
      if (info?.isDirectory() && info.mtimeMs >= sinceMs) entries.push({ path: join(folder, name), mtimeMs: info.mtimeMs });
    }
    return entries;
  };
  return async () => {
    let bytes = 0;
    const temporary = (await newEntries(cache)).filter(({ path }) => /[\\/]\.tmp[^\\/]*$/.test(path));
    for (const { path } of temporary) bytes += await folderBytes(path);
    for (const { path, mtimeMs } of await newEntries(join(cache, "archive-v0"))) {
      const known = finished.get(path);
      const size = known?.mtimeMs === mtimeMs ? known.bytes : await folderBytes(path);
      finished.set(path, { mtimeMs, bytes: size });
      bytes += size;
    }
    return bytes;
  };
}

/** Remaining milliseconds at the mean speed so far; undefined before there is one. */
export function remainingMs(doneBytes: number, totalBytes: number, elapsedMs: number): number | undefined {
  if (doneBytes <= 0 || elapsedMs < 1000) return undefined;
  return Math.max(0, Math.round(((totalBytes - doneBytes) / doneBytes) * elapsedMs));
}
