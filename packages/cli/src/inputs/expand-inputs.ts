import type { Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { imageFolderExtension } from "@parfocal/io/formats";

/** One thing to segment: a file, or the reason why what was asked for is none. */
export type Input =
  | { readonly path: string; readonly error?: undefined }
  | { readonly path: string; readonly error: ParfocalError };

type IsImage = (name: string) => boolean;

export interface ExpandOptions {
  readonly cwd: string;
  /** Gives a function that is true for names of files that can be read as images. Called only where files must be chosen. */
  readonly loadIsImage: () => Promise<IsImage>;
}

const globSigns = /[*?[\]{}!()]/;

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch {
    return null;
  }
}

/** A file that an earlier run wrote: its `NAME.run.json` lies beside it. */
async function isOwnOutput(path: string): Promise<boolean> {
  const stem = basename(path, extname(path)).replace(/\.ome$/i, "");
  const name = stem.replace(/_(labels|overlay)$/, "");
  const record = name === stem ? null : await statOrNull(join(dirname(path), `${name}.run.json`));
  return record !== null;
}

async function onlyImages(paths: readonly string[], isImage: IsImage): Promise<string[]> {
  const images = paths.filter((path) => isImage(basename(path)) && !basename(path).startsWith("."));
  const own = await Promise.all(images.map(isOwnOutput));
  return images.filter((_, i) => !own[i]).sort(compareNatural);
}

let collator: Intl.Collator | null = null;

/** `image2` before `image10`; ties by code point, so that the order is the same everywhere. */
function compareNatural(a: string, b: string): number {
  collator ??= new Intl.Collator("en", { numeric: true });
  const stem = (path: string): string => path.slice(0, path.length - extname(path).length);
  return collator.compare(stem(a), stem(b)) || (a < b ? -1 : a > b ? 1 : 0);
}

/** True for a folder that is one image: an OME-Zarr. */
const isImageFolder = (name: string): boolean => name.toLowerCase().endsWith(imageFolderExtension);

async function imagesIn(folder: string, isImage: IsImage): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() || isImageFolder(entry.name))
    .map((entry) => join(folder, entry.name));
  return onlyImages(files, (name) => isImage(name) || isImageFolder(name));
}

async function matches(pattern: string, { cwd, loadIsImage }: ExpandOptions): Promise<string[]> {
  const { glob } = await import("tinyglobby");
  const slashes = process.platform === "win32" ? pattern.replaceAll("\\", "/") : pattern;
  return onlyImages(await glob(slashes, { cwd, absolute: true, onlyFiles: true, expandDirectories: false }), await loadIsImage());
}

function notFound(path: string, message: string, hint: string): Input {
  return { path, error: new ParfocalError("INPUT_NOT_FOUND", message, { hint }) };
}

async function expandOne(given: string, options: ExpandOptions): Promise<Input[]> {
  const path = resolve(options.cwd, given);
  const found = await statOrNull(path);
  if (found?.isDirectory() && !isImageFolder(path)) {
    let images: string[];
    try {
      images = await imagesIn(path, await options.loadIsImage());
    } catch (cause) {
      const error = new ParfocalError("INPUT_UNREADABLE", `the folder ${given} cannot be read`, {
        hint: "check its permissions",
        cause,
      });
      return [{ path, error }];
    }
    if (images.length > 0) return images.map((image) => ({ path: image }));
    return [
      notFound(
        path,
        `the folder ${given} holds no image that can be read`,
        "for images in its folders give a pattern: 'FOLDER/**/*.tif'",
      ),
    ];
  }
  if (found) return [{ path }];
  if (!globSigns.test(given)) return [notFound(path, `there is no file ${given}`, "check the path")];
  const files = await matches(given, options);
  if (files.length > 0) return files.map((file) => ({ path: file }));
  return [notFound(path, `no image matches ${given}`, "check the pattern; ** stands for folders of any depth")];
}

/**
 * The images that a command line names: files as they are, folders as the images directly in them, patterns as what they match.
 * In the order given, inside a folder or pattern in natural order, each file once. Results of earlier runs are left out of folders
 * and patterns.
 *
 * @returns one item for each image and one with an error for everything that stands for none
 */
export async function expandInputs(given: readonly string[], options: ExpandOptions): Promise<Input[]> {
  const expanded = (await Promise.all(given.map((item) => expandOne(item, options)))).flat();
  const seen = new Set<string>();
  const inputs: Input[] = [];
  for (const input of expanded) {
    // what leads nowhere is said when it is read
    const key = input.error ? input.path : await realpath(input.path).catch(() => input.path);
    if (!seen.has(key)) inputs.push(input);
    seen.add(key);
  }
  return inputs;
}
