import { randomBytes } from "node:crypto";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { hostDigest } from "./host-name.ts";
import { processStart } from "./process-identity.ts";

const dayMs = 86_400_000;
const pattern = /^[0-9a-f]{12}\.(?:tmp|old)-(\d+)-([0-9a-f]{6})[0-9a-f]{8}$/;

/** Name of a folder in which an environment is built ("tmp") or waits to be deleted ("old"). */
export function stageName(key: string, kind: "tmp" | "old"): string {
  return `${key}.${kind}-${process.pid}-${hostDigest()}${randomBytes(4).toString("hex")}`;
}

/** Removes a folder under a name that nobody looks for, so that it is gone at once even if deleting its files takes long or fails. */
export async function discard(environments: string, folder: string, key: string): Promise<void> {
  const away = join(environments, stageName(key, "old"));
  try {
    await rename(folder, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  await rm(away, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
}

/** Deletes what builders left that did not live to do it themselves: those of this machine at once, those of other machines after a day. */
export async function sweepStages(environments: string): Promise<string[]> {
  const swept: string[] = [];
  for (const name of await readdir(environments).catch(() => [])) {
    const match = pattern.exec(name);
    if (!match?.[1]) continue;
    const path = join(environments, name);
    const isHere = match[2] === hostDigest();
    if (isHere && processStart(Number(match[1])) !== null) continue;
    if (!isHere) {
      const info = await stat(path).catch(() => null);
      if (info && Date.now() - info.mtimeMs < dayMs) continue;
    }
    const away = join(environments, stageName(name.slice(0, 12), "old"));
    // A uv that outlived its host may still write there; under another name it fails instead of filling the folder again.
    if (
      await rename(path, away).then(
        () => true,
        () => false,
      )
    ) {
      await rm(away, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 }).catch(() => undefined);
      swept.push(name);
    }
  }
  return swept;
}
