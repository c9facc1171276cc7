import { stat } from "node:fs/promises";
import type { WeightFile } from "../module/weight-set.ts";
import { hashFile, isAsRecorded, readRecord, type WeightRecord, writeRecord } from "./record.ts";

/** How a weight file stands on this machine. */
export type FileState =
  | {
      readonly state: "ready";
      readonly sha256: string;
      readonly bytes: number;
      /** "known": as recorded; "verified": hashed now and right; "recorded": hashed now, and nobody had stated a hash. */
      readonly how: "known" | "verified" | "recorded";
    }
  | { readonly state: "missing" }
  /** Another file than the one that is wanted; `problem` says how it differs. */
  | { readonly state: "damaged"; readonly problem: string };

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told while a file is hashed, which is only done where its record does not say it all. */
  readonly onHash?: (bytes: number, totalBytes: number) => void;
}

/** Why a file is not the wanted one; null when it is, as far as is known. */
export function mismatch(
  found: { readonly sha256: string; readonly bytes: number },
  wanted: Pick<WeightFile, "bytes" | "sha256">,
): string | null {
  if (wanted.bytes !== null && found.bytes !== wanted.bytes) return `it has ${found.bytes} bytes, must have ${wanted.bytes}`;
  if (wanted.sha256 !== null && found.sha256 !== wanted.sha256) return `its sha256 is ${found.sha256}, must be ${wanted.sha256}`;
  return null;
}

/** What a file must be: as its module says, else as the record of the first download says. */
export function wantedOf(file: WeightFile, record: WeightRecord | null): Pick<WeightFile, "bytes" | "sha256"> {
  return { bytes: file.bytes, sha256: file.sha256 ?? record?.sha256 ?? null };
}

/**
 * Looks at the file at a place. One whose size and time are as recorded is not read; any other is hashed, and recorded when it is right.
 */
export async function checkFile(place: string, file: WeightFile, options: CheckOptions = {}): Promise<FileState> {
  const stats = await stat(place).catch(() => null);
  if (stats === null) return { state: "missing" };
  if (!stats.isFile()) return { state: "damaged", problem: "it is no file" };
  const record = await readRecord(place);
  const wanted = wantedOf(file, record);
  const known = record !== null && isAsRecorded(record, stats);
  if (!known && wanted.bytes !== null && stats.size !== wanted.bytes) {
    return { state: "damaged", problem: `it has ${stats.size} bytes, must have ${wanted.bytes}` };
  }
  const sha256 = known ? record.sha256 : await hashFile(place, options.signal, (bytes) => options.onHash?.(bytes, stats.size));
  const problem = mismatch({ sha256, bytes: stats.size }, wanted);
  if (problem !== null) return { state: "damaged", problem };
  if (!known) await writeRecord(place, { url: file.url, sha256 }, stats);
  const how = known ? "known" : wanted.sha256 === null ? "recorded" : "verified";
  return { state: "ready", sha256, bytes: stats.size, how };
}
