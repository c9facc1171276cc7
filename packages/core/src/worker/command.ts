import { join } from "node:path";
import type { Environment } from "../contract/environment.ts";
import { cleanEnvironment } from "../environment/clean-environment.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { pythonFolder } from "../module/python-folder.ts";
import { packageFolder } from "../package-folder.ts";

const threadVariables = [
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
];

/** Folder of the Python runtime that ships with core. */
export const runtimeFolder = join(packageFolder, "python", "runtime");

/** Path of a module's worker. */
export function workerPath(handle: ModuleHandle): string {
  return join(pythonFolder(handle.folder), "worker.py");
}

/** The command that serves a host. */
export function serveCommand(environment: Environment, handle: ModuleHandle): string[] {
  return [environment.python, "-I", "-X", "utf8", runtimeFolder, workerPath(handle)];
}

/**
 * The command that runs one `.npy` by hand; `--input`, `--output` and so on follow.
 *
 * @param weights absolute paths of the weight files that the worker needs, by file name
 */
export function standaloneCommand(
  environment: Environment,
  handle: ModuleHandle,
  weights: Readonly<Record<string, string>> = {},
): string[] {
  const files = Object.keys(weights).length === 0 ? [] : ["--weights", JSON.stringify(weights)];
  return [environment.python, "-I", "-X", "utf8", runtimeFolder, "run", workerPath(handle), ...files];
}

/** Variables of a worker process: ours without what would lead Python astray, and the number of threads where one is set. */
export function workerEnvironment(threads: number | null, base: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const limits = threads === null ? {} : Object.fromEntries(threadVariables.map((name) => [name, String(threads)]));
  return { ...cleanEnvironment(base), ...limits };
}
