import { createHash } from "node:crypto";
import { lstat, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { ParfocalError } from "@parfocal/core";
import { type Entry, openPromise } from "yauzl";
import { invalidBundle } from "../failures.ts";
import { type BundleManifest, manifestName, manifestSchema } from "../manifest.ts";
import { manifestProblem } from "../safe-path.ts";
import { streamFile } from "../stream-file.ts";

/** A bundle that is read: the zip, or the folder that somebody unpacked it to. */
export interface OpenBundle {
  readonly place: string;
  readonly manifest: BundleManifest;
  /** sha256 of the list of contents. */
  readonly id: string;
  /** Bytes that a file is said to have, null when it is not there. */
  sizeOf(path: string): Promise<number | null>;
  /** Content of a file; never more than it is said to have. */
  read(path: string): Promise<Readable>;
  close(): Promise<void>;
}

const maxManifestBytes = 64 * 2 ** 20;
const maxEntries = 250_000;

/**
 * Opens a bundle and reads its list of contents. Nothing is written.
 *
 * @param place path of the zip, or of the folder with what was in it.
 * @throws ParfocalError INPUT_NOT_FOUND, BUNDLE_INVALID.
 */
export async function openBundle(place: string): Promise<OpenBundle> {
  const path = resolve(place);
  const stats = await stat(path).catch(() => null);
  if (stats === null) {
    throw new ParfocalError("INPUT_NOT_FOUND", `there is no bundle at ${path}`, {
      hint: "give the path of the zip, or of the folder it was unpacked to",
    });
  }
  return stats.isDirectory() ? openFolder(path) : openZip(path);
}

function readContents(place: string, text: Buffer): { manifest: BundleManifest; id: string } {
  let value: unknown;
  try {
    value = JSON.parse(text.toString("utf8"));
  } catch (cause) {
    throw invalidBundle(place, `its ${manifestName} is no JSON`, cause);
  }
  if ((value as { bundleVersion?: unknown } | null)?.bundleVersion !== 1) {
    throw invalidBundle(place, `its ${manifestName} is of another version than this Parfocal knows`);
  }
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw invalidBundle(place, `its ${manifestName} is not valid: ${issue?.path.join(".")} ${issue?.message}`);
  }
  const problem = manifestProblem(parsed.data);
  if (problem !== null) throw invalidBundle(place, problem);
  return { manifest: parsed.data, id: createHash("sha256").update(text).digest("hex") };
}

async function openFolder(folder: string): Promise<OpenBundle> {
  const file = join(folder, manifestName);
  const size = (await stat(file).catch(() => null))?.size ?? null;
  if (size === null) throw invalidBundle(folder, `it has no ${manifestName}`);
  if (size > maxManifestBytes) throw invalidBundle(folder, `its ${manifestName} is too large`);
  return {
    place: folder,
    ...readContents(folder, await readFile(file)),
    async sizeOf(path) {
      const found = await lstat(join(folder, ...path.split("/"))).catch(() => null);
      return found?.isFile() ? found.size : null;
    },
    read: (path) => streamFile(join(folder, ...path.split("/"))),
    close: async () => {},
  };
}

async function openZip(place: string): Promise<OpenBundle> {
  const archive = await openPromise(place, { lazyEntries: true, autoClose: false, strictFileNames: true }).catch(
    (error: Error) => {
      throw invalidBundle(place, error.message, error);
    },
  );
  try {
    const entries = new Map<string, Entry>();
    try {
      if (archive.entryCount > maxEntries) throw new Error(`it says that it holds ${archive.entryCount} files`);
      for await (const entry of archive.eachEntry()) {
        if (entry.fileName.endsWith("/")) continue;
        if (entries.has(entry.fileName)) throw new Error(`it holds ${entry.fileName} twice`);
        entries.set(entry.fileName, entry);
      }
    } catch (error) {
      throw invalidBundle(place, (error as Error).message, error);
    }
    const read = async (path: string): Promise<Readable> => {
      const entry = entries.get(path);
      if (!entry) throw invalidBundle(place, `${path} is missing`);
      // yauzl ends a stream that is longer than its entry says
      return (await archive.openReadStreamPromise(entry)) as Readable;
    };
    const list = entries.get(manifestName);
    if (!list) throw invalidBundle(place, `it has no ${manifestName}`);
    if (list.uncompressedSize > maxManifestBytes) throw invalidBundle(place, `its ${manifestName} is too large`);
    const text = await buffer(await read(manifestName)).catch((error: Error) => {
      throw invalidBundle(place, `its ${manifestName} cannot be read: ${error.message}`, error);
    });
    const contents = readContents(place, text);
    const listed = new Set(contents.manifest.files.map(({ path }) => path));
    for (const name of entries.keys()) {
      if (name !== manifestName && !listed.has(name))
        throw invalidBundle(place, `it holds ${name}, which its list of contents does not name`);
    }
    return {
      place,
      ...contents,
      sizeOf: async (path) => entries.get(path)?.uncompressedSize ?? null,
      read,
      close: async () => archive.close(),
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}
