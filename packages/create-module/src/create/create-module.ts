import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { discoverModules, isParfocalError, ParfocalError, type Settings, toParfocalError, writeNpy } from "@parfocal/core";
import { lockModule } from "../lock/lock-module.ts";
import type { WrittenLock } from "../lock/write-locks.ts";
import { checkAxes, checkDescription, readDependencies, refuse } from "./check-answers.ts";
import { drawSample } from "./draw-sample.ts";
import { type ModuleForm, moduleFiles } from "./module-files.ts";
import { type ModuleName, readModuleName } from "./module-name.ts";
import { findRepository } from "./repository.ts";

/** What a new module is to be. */
export interface NewModule {
  /** "nuclei-finder", or with an npm scope "@lab/nuclei-finder". */
  readonly name: string;
  readonly form: ModuleForm;
  /** One line. */
  readonly description: string;
  /** Python packages as in pyproject.toml; numpy and scipy, which the first worker uses, come by themselves. */
  readonly dependencies: readonly string[];
  /** Axis orders of c, z, y and x that the worker takes, most wanted first. */
  readonly axes: readonly string[];
  /** Default: the module's name in the working folder, or in `modules/` in Parfocal's own repository. */
  readonly folder?: string | undefined;
  /** False leaves the lock out. */
  readonly lock: boolean;
}

export interface CreateOptions {
  readonly cwd?: string;
  readonly settings?: Partial<Settings>;
  readonly signal?: AbortSignal;
  readonly onMessage?: (message: string) => void;
  readonly onWarning?: (message: string) => void;
}

/** A module that was written. */
export interface CreatedModule extends ModuleName {
  /** Absolute path. */
  readonly folder: string;
  readonly form: ModuleForm;
  /** True when it became a package of Parfocal's own repository. */
  readonly inRepository: boolean;
  /** Its locks; null when they were left out. */
  readonly locks: readonly WrittenLock[] | null;
  /** Why they were left out although they were wanted. */
  readonly lockProblem: ParfocalError | null;
}

/** Failures that pass, and that the user can do nothing about in pyproject.toml. */
const passing = ["ENV_NETWORK", "ENV_TLS", "ENV_UV_NOT_FOUND", "ENV_PYTHON_NOT_FOUND"];

/** Two modules of one name in one place could not be told apart. */
async function checkFree(name: string, folder: string): Promise<void> {
  const other = (await discoverModules(dirname(folder))).find((module) => module.name === name);
  if (other !== undefined) {
    refuse(`a module called ${name} is installed here already: ${other.handle.folder}`, "choose another name");
  }
}

/** Creates the folder, which must hold nothing but what version control puts there; how to undo it. */
function claimFolder(folder: string): () => void {
  if (existsSync(folder) && !statSync(folder).isDirectory()) refuse(`${folder} is a file`, "choose another name or folder");
  const before = existsSync(folder) ? readdirSync(folder) : null;
  if (before?.some((name) => ![".git", ".DS_Store"].includes(name))) {
    refuse(`the folder ${folder} is not empty`, "choose another name, or another folder with --folder");
  }
  let made: string | undefined;
  try {
    made = mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `the folder ${folder} could not be made: ${(cause as Error).message}`, {
      hint: "choose a folder that you may write to",
      cause,
    });
  }
  return () => {
    for (const name of readdirSync(folder)) if (!before?.includes(name)) rmSync(join(folder, name), { recursive: true });
    if (made !== undefined) rmSync(made, { recursive: true });
  };
}

async function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  axes: string,
  form: ModuleForm,
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const sample = join(folder, form === "python" ? "sample" : join("python", "sample"));
  const { image, truth } = drawSample(axes);
  mkdirSync(sample, { recursive: true });
  await writeNpy(join(sample, "discs.npy"), image);
  await writeNpy(join(sample, "discs_labels.npy"), truth);
}

/**
 * Writes the folder of a new module, which works as it is: a worker that finds bright objects, a sample, and the locks. Without the network
 * the locks are left out, and the result says so. When anything else goes wrong, nothing is left behind.
 *
 * @throws ParfocalError USAGE for a name, folder, description, package or order of axes that cannot be used; LOCK_FAILED when the packages
 *   cannot be had together; OUTPUT_UNWRITABLE; CANCELLED.
 */
export async function createModuleFolder(module: NewModule, options: CreateOptions = {}): Promise<CreatedModule> {
  const { cwd = process.cwd(), onMessage = () => {}, ...lockOptions } = options;
  const { name, packageName: ownName } = readModuleName(module.name);
  const description = checkDescription(module.description);
  checkAxes(module.axes);
  const dependencies = readDependencies(module.dependencies);
  const { form, axes } = module;
  const around = form === "typescript" ? findRepository(module.folder === undefined ? cwd : resolve(cwd, module.folder)) : null;
  const folder = resolve(cwd, module.folder ?? (around === null ? name : join(around, "modules", name)));
  const inRepository = around !== null && relative(join(around, "modules"), folder) === basename(folder);
  if (inRepository && basename(folder) !== name) refuse(`the folder ${folder} is not called ${name}`, "leave --folder away");
  await checkFree(name, folder);
  const words = { name, packageName: inRepository ? `@parfocal/${name}` : ownName, description, axes, dependencies };
  const created = { name, packageName: words.packageName, folder, form, inRepository };

  const undo = claimFolder(folder);
  try {
    await writeFiles(folder, moduleFiles(form, words, inRepository ? around : null), axes[0]!, form);
    if (!module.lock) return { ...created, locks: null, lockProblem: null };
    const locks = await lockModule(folder, { ...lockOptions, onMessage });
    return { ...created, locks, lockProblem: null };
  } catch (thrown) {
    const error = toParfocalError(thrown);
    if (passing.includes(error.code)) return { ...created, locks: null, lockProblem: error };
    undo();
    if (!isParfocalError(error, "LOCK_FAILED")) throw error;
    const hint = "nothing was written; give other --dependencies, or leave the lock for later with --no-lock";
    throw new ParfocalError("LOCK_FAILED", error.message, { hint, details: error.details, cause: error });
  }
}
