import { readdir, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { isImageName } from "@parfocal/io/formats";

/** What programs put behind an image's name when they save its labels: ours, Cellpose, and what people write by hand. */
const labelSuffix = /_(cp_masks|labels?|masks?|truth|gt)$/i;
const otherResult = /_(overlay|flows|outlines)$/i;

/** A file's name without extension, and without what says that it holds labels. */
export function labelKey(path: string): string {
  return stemOf(path).replace(labelSuffix, "");
}

const stemOf = (path: string): string => {
  const name = basename(path);
  return name.replace(/\.ome\.(tiff?|btf)$/i, "").slice(0, name.length - extname(name).length);
};

/**
 * The label files that a path names: itself, or of a folder the images directly in it. Where some of a folder are called as labels
 * (`a_labels.tif`, `a_masks.png`), only those.
 *
 * @throws ParfocalError INPUT_NOT_FOUND
 */
export async function labelFiles(given: string, cwd: string): Promise<string[]> {
  return filesOf(given, cwd, (names) => {
    const labels = names.filter((name) => labelSuffix.test(stemOf(name)));
    return labels.length > 0 ? labels : names;
  });
}

/**
 * The image files that a path names: itself, or of a folder those directly in it that are not called as labels.
 *
 * @throws ParfocalError INPUT_NOT_FOUND
 */
export async function imageFiles(given: string, cwd: string): Promise<string[]> {
  return filesOf(given, cwd, (names) => names.filter((name) => !labelSuffix.test(stemOf(name))));
}

async function filesOf(given: string, cwd: string, choose: (names: readonly string[]) => readonly string[]): Promise<string[]> {
  const path = resolve(cwd, given);
  const found = await stat(path).catch(() => null);
  if (found === null) throw new ParfocalError("INPUT_NOT_FOUND", `there is no file ${given}`, { hint: "check the path" });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path)).filter(
    (name) => isImageName(name) && !name.startsWith(".") && !otherResult.test(stemOf(name)),
  );
  const files = [...choose(names)].sort().map((name) => join(path, name));
  if (files.length > 0) return files;
  throw new ParfocalError("INPUT_NOT_FOUND", `the folder ${given} holds nothing that can be read`, {
    hint: "give a folder of .tif, .png or .npy files",
  });
}

export interface LabelPair {
  readonly name: string;
  readonly truth: string;
  readonly labels: string;
}

export interface Pairing {
  readonly pairs: readonly LabelPair[];
  /** Files of one side that have no partner. */
  readonly alone: readonly string[];
}

/**
 * Pairs two lists of files by name: `a.png` with `a_labels.tif`. Two single files are a pair whatever they are called.
 *
 * @throws ParfocalError USAGE when two files of one side cannot be told apart, or nothing pairs
 */
export function pairFiles(truth: readonly string[], labels: readonly string[]): Pairing {
  const [firstTruth, firstLabels] = [truth[0], labels[0]];
  if (truth.length === 1 && labels.length === 1 && firstTruth !== undefined && firstLabels !== undefined) {
    return { pairs: [{ name: labelKey(firstLabels), truth: firstTruth, labels: firstLabels }], alone: [] };
  }
  const wanted = byKey(truth);
  const found = byKey(labels);
  const pairs = [...wanted].flatMap(([name, file]): LabelPair[] => {
    const partner = found.get(name);
    return partner === undefined ? [] : [{ name, truth: file, labels: partner }];
  });
  if (pairs.length === 0) {
    const [a, b] = [basename(truth[0] ?? ""), basename(labels[0] ?? "")];
    throw new ParfocalError("USAGE", `no file of the one side is called as one of the other: ${a}, ..., and ${b}, ...`, {
      hint: "call them alike: a.png beside a_labels.tif, in two folders",
    });
  }
  const paired = new Set(pairs.flatMap((pair) => [pair.truth, pair.labels]));
  return { pairs, alone: [...truth, ...labels].filter((file) => !paired.has(file)) };
}

function byKey(files: readonly string[]): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const file of files) {
    const key = labelKey(file);
    const other = known.get(key);
    if (other !== undefined) {
      throw new ParfocalError("USAGE", `${basename(other)} and ${basename(file)} in ${dirname(file)} both stand for "${key}"`, {
        hint: "keep one of them in the folder, or score files one by one",
      });
    }
    known.set(key, file);
  }
  return known;
}
