import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { open, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { usageError } from "../options/usage-error.ts";
import { type LabelFormat, labelEnding, readLabelName } from "./label-formats.ts";
import { type SaveKind, saveKinds } from "./save-kinds.ts";
import { uniqueNames } from "./unique-names.ts";

/** Files that the results of one input go to; those of `--save` only where they were asked for. */
export interface OutputPlan extends Readonly<Partial<Record<SaveKind, string>>> {
  readonly labels: string;
  /** Null with `--no-overlay`. */
  readonly overlay: string | null;
  readonly run: string;
}

export interface PlanOptions {
  readonly cwd: string;
  /** What `-o` said; undefined: the folder `parfocal-output`. */
  readonly output: string | undefined;
  readonly format: LabelFormat | undefined;
  readonly overlay: boolean;
  /** What is written beside labels and overlay. Default: nothing. */
  readonly save?: ReadonlySet<SaveKind>;
}

export const defaultOutputFolder = "parfocal-output";

const pictureExtensions = new Set([".png", ".jpg", ".jpeg", ".bmp", ".gif"]);

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch {
    return null;
  }
}

function unwritable(path: string, why: string, cause?: unknown): ParfocalError {
  return new ParfocalError("OUTPUT_UNWRITABLE", `results cannot be written to ${path}: ${why}`, {
    hint: "choose another place with -o",
    cause,
  });
}

/**
 * Tries to write in a folder, or in the nearest one above it that exists. Asking for permissions would not do: root always has them,
 * and a file system may refuse all the same.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
async function checkWritable(folder: string): Promise<void> {
  let existing = folder;
  let found = await statOrNull(existing);
  while (found === null && dirname(existing) !== existing) {
    existing = dirname(existing);
    found = await statOrNull(existing);
  }
  if (!found?.isDirectory()) throw unwritable(folder, `${existing} is not a folder`);
  const trial = join(existing, `.parfocal-${process.pid}-${randomBytes(3).toString("hex")}.partial`);
  try {
    await (await open(trial, "wx")).close();
    await rm(trial);
  } catch (cause) {
    throw unwritable(folder, `no file can be made in ${existing}`, cause);
  }
}

/** Paths of what `--save` asks for, beside `stem`. */
function planSaved(stem: string, { save }: PlanOptions): Partial<Record<SaveKind, string>> {
  return Object.fromEntries([...(save ?? [])].map((kind) => [kind, stem + saveKinds[kind].ending]));
}

function planFile(path: string, options: PlanOptions): OutputPlan {
  const { format, overlay } = options;
  const { format: named, stem } = readLabelName(path)!;
  if (format !== undefined && format !== named) {
    throw usageError(`-o names ${basename(path)}, but --format asks for ${format}`, "leave --format away, or give -o a folder");
  }
  return {
    labels: path,
    overlay: overlay ? `${stem}_overlay.png` : null,
    ...planSaved(stem, options),
    run: `${stem}.run.json`,
  };
}

async function isFileName(output: string, path: string): Promise<boolean> {
  if (/[\\/]$/.test(output)) return false;
  const found = await statOrNull(path);
  const named = readLabelName(path);
  // a Zarr is a folder that stands for a file
  if (found !== null) return !found.isDirectory() || named?.format === "zarr";
  return named !== null || pictureExtensions.has(extname(path).toLowerCase());
}

async function canonical(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

async function refuseOverwrite(inputs: readonly string[], plans: readonly OutputPlan[]): Promise<void> {
  const originals = new Map(await Promise.all(inputs.map(async (path) => [await canonical(path), path] as const)));
  for (const plan of plans) {
    for (const path of Object.values(plan) as (string | null)[]) {
      const input = path === null ? undefined : originals.get(await canonical(path));
      if (input !== undefined)
        throw usageError(`the result ${path} would replace the input ${input}`, "choose another place with -o");
    }
  }
}

/**
 * Decides where the results of every input go, and makes sure that they can go there. Nothing is created.
 *
 * With one input, `-o` may name the labels file (`.tif`, `.ome.tif`, `.zarr` or `.npy`); otherwise it names a folder. In a folder the files are
 * `NAME_labels.tif`, `NAME_overlay.png`, `NAME.run.json` and those of `save`.
 *
 * @throws ParfocalError USAGE for a file name with several inputs, a format that labels cannot have, a result that would replace
 *   an input, or names that cannot be told apart; OUTPUT_UNWRITABLE
 */
export async function planOutputs(inputs: readonly string[], options: PlanOptions): Promise<OutputPlan[]> {
  const { cwd, output = `${defaultOutputFolder}/`, format, overlay } = options;
  const path = resolve(cwd, output);
  let plans: OutputPlan[];
  if (await isFileName(output, path)) {
    if (readLabelName(path) === null) {
      throw usageError(
        `labels cannot be written as ${basename(path)}`,
        "end the name in .tif, .ome.tif, .zarr or .npy, or give a folder; an overlay PNG comes with it",
      );
    }
    if (inputs.length > 1) {
      throw usageError(`-o names one file, ${output}, but there are ${inputs.length} images`, "give -o a folder");
    }
    plans = inputs.map(() => planFile(path, options));
    await checkWritable(dirname(path));
  } else {
    const names = uniqueNames(inputs, cwd);
    if (names === null)
      throw usageError("the results of some inputs would have the same name", "run them one after another, each with its own -o");
    plans = names.map((name) => ({
      labels: join(path, `${name}_labels${labelEnding(format)}`),
      overlay: overlay ? join(path, `${name}_overlay.png`) : null,
      ...planSaved(join(path, name), options),
      run: join(path, `${name}.run.json`),
    }));
    await checkWritable(path);
  }
  await refuseOverwrite(inputs, plans);
  return plans;
}
