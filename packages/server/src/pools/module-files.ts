import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { pythonFolder } from "@parfocal/core";

/** How long files must have stayed the same before they count: a program that saves one may write it in pieces. */
const settledMs = 40;

const skipped = new Set(["__pycache__", "tests", "node_modules", "dist", "weights"]);
const relevant = /\.(py|json|txt|toml)$/;

interface Known {
  /** Files, and the folders in which a new one would appear. */
  readonly paths: readonly string[];
  readonly signature: string;
  readonly hash: string;
}

/** Tells whether the code of a module changed. */
export interface ModuleFiles {
  /** Hash of a module's manifest, Python and locks as they are now; waits while they are being written. */
  hash(folder: string): Promise<string>;
}

export function createModuleFiles(): ModuleFiles {
  const known = new Map<string, Known>();

  async function readAnew(folder: string, wait: boolean): Promise<string> {
    let paths = listPaths(folder);
    let signature = signatureOf(paths);
    for (let before = ""; wait && before !== signature; signature = signatureOf(paths)) {
      before = signature;
      await delay(settledMs);
      paths = listPaths(folder);
    }
    const hash = hashOf(paths);
    known.set(folder, { paths, signature, hash });
    return hash;
  }
  return {
    async hash(folder) {
      const last = known.get(folder);
      if (last !== undefined && signatureOf(last.paths) === last.signature) return last.hash;
      return readAnew(folder, last !== undefined);
    },
  };
}

function listPaths(folder: string): string[] {
  return [...new Set([join(folder, "module.json"), ...walk(pythonFolder(folder))])].sort();
}

function walk(folder: string): string[] {
  const inside = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".")) return [];
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(path);
    return relevant.test(entry.name) ? [path] : [];
  });
  return [folder, ...inside];
}

function signatureOf(paths: readonly string[]): string {
  let signature = "";
  for (const path of paths) {
    const found = statSync(path, { throwIfNoEntry: false });
    signature += found === undefined ? "gone " : `${found.isDirectory() ? 0 : found.size} ${found.mtimeMs} ${found.ino} `;
  }
  return signature;
}

function hashOf(paths: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(`${path}\0`);
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}
