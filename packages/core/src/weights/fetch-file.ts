import { rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { FetchedFile } from "../contract/events.ts";
import { checkFreeSpace, makeFolder } from "../environment/disk.ts";
import { fileFailure } from "../environment/file-failure.ts";
import { tryLock, type WaitEnd, waitForLock } from "../environment/own-lock.ts";
import { readTold, tellFailure } from "../environment/told-failure.ts";
import { isParfocalError, type ParfocalError } from "../errors/parfocal-error.ts";
import { checkFile, mismatch, wantedOf } from "./check-file.ts";
import { copyStandIn } from "./copy-stand-in.ts";
import { type DownloadOptions, download, WrongFile } from "./download.ts";
import { cancelledDownload, type WeightSubject, wrongWeights } from "./failures.ts";
import { openPart, type PartPaths, partPaths, removePart } from "./part-file.ts";
import { readRecord, writeRecord } from "./record.ts";

export interface FetchOptions extends DownloadOptions {
  /** A file that stands in for the network; null for none. */
  readonly standIn: string | null;
}

/** What waiters learn often enough. */
const tellEveryMs = 500;

/**
 * Puts a weight file at its place, whole and verified. When another process fetches it already, waits for that one and passes on its
 * progress. The lock saves a download; that the file is right rests on its hash, a part of its own, and the rename.
 *
 * @throws ParfocalError WEIGHTS_UNREACHABLE, WEIGHTS_INVALID, ENV_NO_SPACE, ENV_PERMISSION, CANCELLED.
 */
export async function fetchFile(subject: WeightSubject, options: FetchOptions): Promise<FetchedFile> {
  const { file, place } = subject;
  try {
    await makeFolder(dirname(place), "PARFOCAL_HOME");
    for (;;) {
      options.signal?.throwIfAborted();
      const lock = await tryLock(place).catch(() => "no lock" as const);
      if (lock === "no lock") return await fetchNow(subject, options, partPaths(place, false));
      if (lock !== null) {
        let toldMs = 0;
        try {
          const onProgress: FetchOptions["onProgress"] = (message, bytes, totalBytes) => {
            options.onProgress(message, bytes, totalBytes);
            const now = performance.now();
            if (now - toldMs < tellEveryMs) return;
            toldMs = now;
            lock.tell({ progress: { message, bytes, ...(totalBytes !== null && { totalBytes }) } });
          };
          return await fetchNow(subject, { ...options, onProgress }, partPaths(place));
        } catch (error) {
          if (isParfocalError(error) && error.code !== "CANCELLED") lock.tell(tellFailure(error));
          throw error;
        } finally {
          await lock.release();
        }
      }
      const end = await waitForOther(subject, options);
      if (end === "stranger") return await fetchNow(subject, options, partPaths(place, false));
      const state = await checkFile(place, file, { signal: options.signal });
      if (state.state === "ready") return fetched(subject, state.sha256, state.bytes, false);
    }
  } catch (error) {
    if (options.signal?.aborted) throw cancelledDownload(subject, options.signal.reason);
    throw await fileFailure(error, dirname(place), "weights");
  }
}

async function waitForOther({ file, place }: WeightSubject, { signal, onProgress }: FetchOptions): Promise<WaitEnd> {
  let failure: ParfocalError | undefined;
  const onTold = (pid: number, message: unknown): void => {
    const told = readTold(message);
    if (told?.failure) failure = told.failure;
    const { bytes = 0, totalBytes = file.bytes } = told?.progress ?? {};
    onProgress(`waiting for process ${pid}, which fetches it`, bytes, totalBytes);
  };
  const end = await waitForLock(place, onTold, signal);
  if (failure !== undefined) throw failure;
  return end;
}

async function fetchNow(subject: WeightSubject, options: FetchOptions, paths: PartPaths): Promise<FetchedFile> {
  const { file, place } = subject;
  const state = await checkFile(place, file, { signal: options.signal });
  if (state.state === "ready") return fetched(subject, state.sha256, state.bytes, state.how === "recorded");
  const record = await readRecord(place);
  const wanted = wantedOf(file, record);
  const source = options.standIn ?? subject.address;
  let problem: string | null;
  try {
    const sha256 =
      options.standIn === null ? await downloadInto(paths, subject, wanted.sha256, options) : await copy(options.standIn);
    const { size: bytes } = await stat(paths.part);
    problem = mismatch({ sha256, bytes }, wanted);
    if (problem === null) {
      await rename(paths.part, place);
      await writeRecord(place, { url: file.url, sha256 }, await stat(place));
      await removePart(paths);
      return fetched(subject, sha256, bytes, wanted.sha256 === null);
    }
  } catch (error) {
    if (!(error instanceof WrongFile)) throw error;
    problem = error.message;
  }
  await removePart(paths);
  throw wrongWeights(subject, source, problem, record);

  async function copy(from: string): Promise<string> {
    const { size } = await stat(from);
    await checkFreeSpace(place, size, `the weight file ${file.name}`);
    await removePart(paths);
    return copyStandIn(from, paths.part, options.signal, (bytes) => options.onProgress(`copying ${from}`, bytes, size));
  }
}

/** Downloads into the part; gives its sha256. What an earlier download left may be damaged: then all of it is fetched once more. */
async function downloadInto(
  paths: PartPaths,
  subject: WeightSubject,
  sha256: string | null,
  options: FetchOptions,
): Promise<string> {
  const { file, address } = subject;
  for (;;) {
    const part = await openPart(paths, file, address);
    try {
      if (part.inherited > 0) options.onProgress("going on with what is here", part.bytes, file.bytes);
      await download(subject, part, options);
      const found = await part.finish();
      if (found === sha256 || sha256 === null || part.inherited === 0) return found;
    } finally {
      await part.close();
      if (part.bytes === 0) await removePart(paths);
    }
    await removePart(paths);
  }
}

function fetched({ file, place }: WeightSubject, sha256: string, bytes: number, recorded: boolean): FetchedFile {
  return { name: file.name, path: place, sha256, bytes, recorded };
}
