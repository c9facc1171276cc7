import { type Dirent, lstatSync, readdirSync, type Stats } from "node:fs";
import { join } from "node:path";

/** What a folder takes on disk. Sizes of files; a file with several names counts once. */
export interface DiskUse {
  /** All of its files. */
  readonly bytes: number;
  /**
   * Those that no other folder has a name for (hard links): what removing it gives back. Copies that a file system shares in another way
   * (reflinks, as on APFS) cannot be told from its own.
   */
  readonly ownBytes: number;
}

/** Files with several names, by device and inode. */
type LinkedFiles = Map<string, { readonly bytes: number; readonly links: number; names: number }>;

/** What some folders take, each and together. */
export interface FolderUse {
  readonly each: readonly DiskUse[];
  /** Every file once, also one that several of the folders have a name for. */
  readonly togetherBytes: number;
}

/** Walks each folder once. What cannot be read or vanishes meanwhile counts nothing. */
export function measureFolders(folders: readonly string[]): FolderUse {
  const seen = new Set<string>();
  let togetherBytes = 0;
  const each = folders.map((folder) => {
    const linked: LinkedFiles = new Map();
    let single = 0;
    // Plain calls, not promises: tens of thousands of tiny questions, each of which costs less than its promise.
    walk(folder, (stats) => {
      if (stats.nlink <= 1) {
        single += stats.size;
        return;
      }
      const id = `${stats.dev}:${stats.ino}`;
      const known = linked.get(id);
      if (known === undefined) linked.set(id, { bytes: stats.size, links: stats.nlink, names: 1 });
      else known.names += 1;
    });
    let bytes = single;
    let ownBytes = single;
    togetherBytes += single;
    for (const [id, file] of linked) {
      bytes += file.bytes;
      if (file.names >= file.links) ownBytes += file.bytes;
      if (!seen.has(id)) togetherBytes += file.bytes;
      seen.add(id);
    }
    return { bytes, ownBytes };
  });
  return { each, togetherBytes };
}

function walk(folder: string, visit: (stats: Stats) => void): void {
  for (const entry of entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, visit);
    else if (entry.isFile()) {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats !== undefined) visit(stats);
    }
  }
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
