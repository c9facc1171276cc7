import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, readFile, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import { hostDigest } from "../environment/host-name.ts";
import type { WeightFile } from "../module/weight-set.ts";

const schema = z.object({ url: z.string(), validator: z.string().nullable() });

/** A download that is not complete. It stays when the download breaks, and the next one goes on where it ended. */
export interface PartFile {
  readonly path: string;
  /** Bytes that it has. */
  readonly bytes: number;
  /** What the server calls this version of the file (ETag or Last-Modified); null when it does not say. */
  readonly validator: string | null;
  /** Bytes that an earlier download left. */
  readonly inherited: number;
  append(chunk: Buffer): Promise<void>;
  /** Drops its bytes, to start with a file that the server calls so. */
  restart(validator: string | null): Promise<void>;
  /** sha256 of its bytes, which are on the disk from then on. */
  finish(): Promise<string>;
  close(): Promise<void>;
}

/** Where a download keeps what it has so far. */
export interface PartPaths {
  readonly part: string;
  readonly about: string;
}

/**
 * Paths of what a download leaves at a place. Machines that share a home folder do not see each other's locks, so each has its own; and so
 * has a process that could not take a lock.
 */
export function partPaths(place: string, hasLock = true): PartPaths {
  const owner = hasLock ? hostDigest() : `${hostDigest()}-${process.pid}`;
  return { part: `${place}.${owner}.part`, about: `${place}.${owner}.part.json` };
}

export async function removePart({ part, about }: PartPaths): Promise<void> {
  await Promise.all([rm(part, { force: true }), rm(about, { force: true })]);
}

/**
 * Opens a part. What an earlier download left is kept where going on is safe: the whole file's hash is known, or the server
 * can say whether its file is still the same.
 */
export async function openPart(paths: PartPaths, file: WeightFile, address: string): Promise<PartFile> {
  const { part: path, about: aboutPath } = paths;
  const handle = await open(path, "a+");
  let hash: Hash = createHash("sha256");
  let { size: bytes } = await handle.stat();
  const about = await readAbout(aboutPath);
  let validator = about?.validator ?? null;
  const isSafe = about?.url === address && (file.sha256 !== null || validator !== null);

  async function restart(next: string | null): Promise<void> {
    await handle.truncate(0);
    hash = createHash("sha256");
    bytes = 0;
    validator = next;
    await writeFile(aboutPath, JSON.stringify({ url: address, validator }));
  }

  try {
    if (bytes > 0 && (!isSafe || (file.bytes !== null && bytes > file.bytes))) await restart(null);
    if (bytes > 0) await addFile(hash, path);
  } catch (error) {
    await handle.close();
    throw error;
  }
  const inherited = bytes;
  return {
    path,
    inherited,
    get bytes() {
      return bytes;
    },
    get validator() {
      return validator;
    },
    restart,
    async append(chunk) {
      hash.update(chunk);
      bytes += await writeAll(handle, chunk);
    },
    async finish() {
      await handle.sync();
      return hash.copy().digest("hex");
    },
    close: () => handle.close(),
  };
}

async function addFile(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
}

/** A full disk may take a part of what is written. */
async function writeAll(handle: FileHandle, chunk: Buffer): Promise<number> {
  for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
  return chunk.length;
}

async function readAbout(path: string): Promise<z.infer<typeof schema> | null> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return null;
  }
}
