import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { httpGet, ParfocalError } from "@parfocal/core";
import { throwIfCancelled, unreachable } from "../failures.ts";
import { hashFile } from "../hash-file.ts";

/** A file that lies elsewhere. */
export interface Remote {
  /** Name for messages and in the cache. */
  readonly name: string;
  /** Address, or path on this machine. */
  readonly location: string;
  readonly bytes: number | null;
  /** Kind of hash, and its value as hex. */
  readonly algorithm: "sha256" | "sha512";
  readonly digest: string;
}

export interface FetchOptions {
  /** Folder in which what was fetched is kept. */
  readonly cache: string;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: (bytes: number) => void;
}

const answerMs = 30_000;
const stallMs = 60_000;
const attempts = 4;

/** Where a file is kept once it is here. */
export function cachePlace(remote: Remote, cache: string): string {
  return join(cache, remote.digest.slice(0, 32), basename(remote.name));
}

/** Whether nothing has to be fetched for it. */
export async function isFetched(remote: Remote, cache: string): Promise<boolean> {
  if (!/^https?:/.test(remote.location)) return true;
  const found = await stat(cachePlace(remote, cache)).catch(() => null);
  return found?.isFile() === true && (remote.bytes === null || found.size === remote.bytes);
}

/**
 * Brings a file here and checks its hash. What came before a broken connection is kept, also over runs.
 *
 * @returns its path.
 * @throws ParfocalError ENV_NETWORK, ENV_HASH_MISMATCH, CANCELLED.
 */
export async function fetchRemote(remote: Remote, options: FetchOptions): Promise<string> {
  const { location } = remote;
  if (!/^https?:/.test(location)) {
    const path = location.startsWith("file:") ? fileURLToPath(location) : location;
    return check(remote, path, options.signal);
  }
  const place = cachePlace(remote, options.cache);
  if (await isFetched(remote, options.cache)) return check(remote, place, options.signal);
  await mkdir(dirname(place), { recursive: true });
  const part = `${place}.part`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await fetchRest(remote, part, options);
      break;
    } catch (error) {
      throwIfCancelled(options.signal);
      if (attempt >= attempts || error instanceof ParfocalError) throw wrap(remote, error);
    }
  }
  await check(remote, part, options.signal);
  await rename(part, place);
  return place;
}

function wrap(remote: Remote, error: unknown): Error {
  return error instanceof ParfocalError ? error : unreachable(remote.name, (error as Error).message, error);
}

async function fetchRest(remote: Remote, part: string, { signal, onBytes }: FetchOptions): Promise<void> {
  const before = (await stat(part).catch(() => null))?.size ?? 0;
  if (remote.bytes !== null && before === remote.bytes) return;
  const headers = before > 0 ? { range: `bytes=${before}-` } : {};
  const answer = await httpGet(remote.location, { headers, answerMs, signal });
  const status = answer.statusCode ?? 0;
  const watch = setTimeout(() => answer.destroy(new Error(`nothing came for ${stallMs / 1000} s`)), stallMs);
  try {
    if (status === 416) {
      await rm(part, { force: true });
      throw new Error("the server's file is shorter than what was fetched before");
    }
    if (status !== 200 && status !== 206) throw unreachable(remote.name, `the server answered ${status}`);
    const file = await open(part, status === 206 ? "a" : "w");
    let bytes = status === 206 ? before : 0;
    try {
      for await (const chunk of answer) {
        watch.refresh();
        bytes += (chunk as Buffer).length;
        if (remote.bytes !== null && bytes > remote.bytes) throw wrongFile(remote, `more than ${remote.bytes} bytes`);
        await file.writeFile(chunk as Buffer);
        onBytes?.((chunk as Buffer).length);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    const wanted = Number(answer.headers["content-length"] ?? Number.NaN) + (status === 206 ? before : 0);
    if (bytes < wanted) throw new Error(`the connection broke after ${bytes} of ${wanted} bytes`);
  } finally {
    clearTimeout(watch);
    answer.destroy();
  }
}

async function check(remote: Remote, path: string, signal: AbortSignal | undefined): Promise<string> {
  let found: string;
  try {
    found = (await hashFile(path, { algorithm: remote.algorithm, signal })).digest;
  } catch (error) {
    throwIfCancelled(signal);
    throw unreachable(remote.name, (error as Error).message, error);
  }
  if (found === remote.digest) return path;
  if (/^https?:/.test(remote.location)) await rm(path, { force: true });
  throw wrongFile(remote, `its ${remote.algorithm} is ${found}, must be ${remote.digest}`);
}

function wrongFile({ name }: Remote, problem: string): ParfocalError<"ENV_HASH_MISMATCH"> {
  return new ParfocalError("ENV_HASH_MISMATCH", `${name} is not the file that was pinned: ${problem}`, {
    hint: "run the same command again; if it stays, the server or a proxy gives out another file",
    details: { step: "bundle", outputTail: [], logPath: null },
  });
}
