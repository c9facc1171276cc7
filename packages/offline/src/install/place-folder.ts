import { existsSync } from "node:fs";
import { mkdir, readlink, rename, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BundleFile } from "../manifest.ts";
import type { OpenBundle } from "./open-bundle.ts";
import { isPlaced, placeFailure, placeFile } from "./place-file.ts";

/** A folder that has to appear whole. */
export interface WholeFolder {
  readonly place: string;
  readonly files: readonly { readonly file: BundleFile; readonly path: string }[];
  readonly links?: readonly { readonly path: string; readonly target: string }[];
  /** Puts into the stage what the bundle does not hold. */
  readonly finish?: (stage: string) => Promise<void>;
}

async function isWhole({ place, files, links = [] }: WholeFolder): Promise<boolean> {
  if (!existsSync(place)) return false;
  for (const { file, path } of files) if (!(await isPlaced(file, join(place, path)))) return false;
  for (const { path, target } of links) if ((await readlink(join(place, path)).catch(() => null)) !== target) return false;
  return true;
}

/**
 * Puts a folder to its place: built beside it, then renamed. What an interrupted attempt had built is used; a folder that is there but differs is
 * replaced.
 *
 * @throws ParfocalError what {@link placeFile} throws.
 */
export async function placeFolder(
  bundle: OpenBundle,
  folder: WholeFolder,
  signal: AbortSignal | undefined,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (await isWhole(folder)) return onBytes(folder.files.reduce((sum, { file }) => sum + file.bytes, 0));
  const { place, files, links = [], finish } = folder;
  const name = place.slice(dirname(place).length + 1);
  const stage = join(dirname(place), `.${name}.part`);
  await eachOf(files, ({ file, path }) => placeFile(bundle, file, join(stage, path), signal, onBytes));
  try {
    await mkdir(stage, { recursive: true });
    for (const { path, target } of links) {
      await mkdir(dirname(join(stage, path)), { recursive: true });
      await rm(join(stage, path), { force: true });
      await symlink(target, join(stage, path));
    }
    await finish?.(stage);
    if (existsSync(place)) {
      const away = join(dirname(place), `.${name}.old-${process.pid}`);
      await rename(place, away);
      await rename(stage, place);
      await rm(away, { recursive: true, force: true }).catch(() => undefined); // a program may run from there
    } else await rename(stage, place);
  } catch (error) {
    throw placeFailure(place, error);
  }
}

/** Small files wait for the disk rather than for each other. */
async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: 8 }, worker));
}
