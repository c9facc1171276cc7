import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";

const schema = z.object({
  recordVersion: z.literal(1),
  url: z.string(),
  sha256: z.string(),
  bytes: z.number(),
  /** Modification time of the file when it was hashed: a file that was written to since is hashed again. */
  mtimeMs: z.number(),
  recordedAt: z.string(),
});

/** What is known of a weight file; lies beside it. */
export type WeightRecord = z.infer<typeof schema>;

export function recordPath(place: string): string {
  return `${place}.parfocal.json`;
}

/** The record of a weight file; null when there is none that can be read. */
export async function readRecord(place: string): Promise<WeightRecord | null> {
  try {
    return schema.parse(JSON.parse(await readFile(recordPath(place), "utf8")));
  } catch {
    return null;
  }
}

/** Writes the record of a file that was just hashed. Where it cannot be written (a home that is read-only), the next start hashes again. */
export async function writeRecord(place: string, about: Pick<WeightRecord, "url" | "sha256">, stats: Stats): Promise<void> {
  const { size: bytes, mtimeMs } = stats;
  const record: WeightRecord = { recordVersion: 1, ...about, bytes, mtimeMs, recordedAt: new Date().toISOString() };
  const partial = `${recordPath(place)}.${process.pid}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify(record, null, 2)}\n`);
    await rename(partial, recordPath(place));
  } catch {
    await rm(partial, { force: true }).catch(() => undefined);
  }
}

/** Whether a file is the one that was hashed, as far as size and time say. */
export function isAsRecorded(record: WeightRecord, { size, mtimeMs }: Stats): boolean {
  return record.bytes === size && record.mtimeMs === mtimeMs;
}

/** sha256 of a file, read in a stream. */
export async function hashFile(path: string, signal?: AbortSignal, onBytes?: (bytes: number) => void): Promise<string> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    onBytes?.(bytes);
  }
  return hash.digest("hex");
}
