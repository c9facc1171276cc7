import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Settings } from "../contract/environment.ts";
import { standInPlaces } from "./place.ts";

/** The file in one of the folders that stand in for the network; null when none has it. */
export async function findStandIn(settings: Settings, url: string): Promise<string | null> {
  for (const path of standInPlaces(settings, url)) {
    const found = await stat(path).catch(() => null);
    if (found?.isFile()) return path;
  }
  return null;
}

/** Copies a file and gives its sha256. */
export async function copyStandIn(
  from: string,
  to: string,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const hash = createHash("sha256");
  const target = await open(to, "w");
  try {
    let bytes = 0;
    for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
      hash.update(chunk as Buffer);
      await target.writeFile(chunk as Buffer); // goes on where it is
      bytes += (chunk as Buffer).length;
      onBytes(bytes);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return hash.digest("hex");
}
