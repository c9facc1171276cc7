import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../contract/environment.ts";
import { hostDigest } from "./host-name.ts";
import { isSameProcess, processStart } from "./process-identity.ts";

const weekMs = 7 * 86_400_000;
const pattern = /^([0-9a-f]{6})-(\d+)-(\d+)-\d+$/;
let serial = 0;

function usersFolder(folder: string): string {
  return `${folder}.used`;
}

/**
 * Notes that a process uses an environment, so that it is not removed meanwhile. A process that dies need not take its note back.
 * Where the note cannot be written (a home that is read-only), the environment can be used all the same.
 *
 * @returns a function that takes the note back.
 */
export function markInUse(environment: Pick<Environment, "folder">, pid: number = process.pid): () => void {
  const folder = usersFolder(environment.folder);
  serial += 1;
  const path = join(folder, `${hostDigest()}-${pid}-${processStart(pid) ?? "0"}-${serial}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, "");
  } catch {
    return () => undefined;
  }
  return () => {
    rmSync(path, { force: true });
    try {
      rmdirSync(folder);
    } catch {
      // Others use it too.
    }
  };
}

/**
 * Process ids that use the environment in `folder`. Notes of dead processes are removed; those of other machines, which share the folder,
 * hold for a week.
 */
export function usersOf(folder: string): number[] {
  const notes = usersFolder(folder);
  let names: string[];
  try {
    names = readdirSync(notes);
  } catch {
    return [];
  }
  const pids = new Set<number>();
  for (const name of names) {
    const [, host, pid, start] = pattern.exec(name) ?? [];
    const path = join(notes, name);
    const isHere = host === hostDigest();
    const modified = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const isLive = isHere ? isSameProcess(Number(pid), start ?? "") : pid !== undefined && Date.now() - modified < weekMs;
    if (isLive) pids.add(Number(pid));
    else rmSync(path, { force: true });
  }
  return [...pids];
}
