import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { root } from "./folders.mjs";

const threadVariables = [
  "PARFOCAL_THREADS",
  "OMP_NUM_THREADS",
  "OPENBLAS_NUM_THREADS",
  "MKL_NUM_THREADS",
  "NUMEXPR_NUM_THREADS",
  "VECLIB_MAXIMUM_THREADS",
];

/**
 * Variables for every program that the bootstrap starts: the repository's own commands first, no telemetry, no look for updates.
 * @param {Record<string, string>} [extra]
 * @returns {Record<string, string | undefined>}
 */
export function environment(extra = {}) {
  const result = { ...process.env };
  const path = Object.keys(result).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  result[path] = [join(root, "node_modules", ".bin"), result[path] ?? ""].join(delimiter);
  const quiet = { TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1", DO_NOT_TRACK: "1" };
  return { ...result, ...quiet, ...extra };
}

/** Thread counts that make timings and results of tests comparable between machines. */
export const twoThreads = Object.fromEntries(threadVariables.map((name) => [name, "2"]));

/**
 * Runs a program without a shell and shows its output.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} variables
 * @param {boolean} [shell] only for commands that are batch files on Windows, whose arguments we wrote
 * @returns {Promise<number>} exit code; 1 where a signal ended it
 */
export function run(file, args, variables, shell = false) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, env: variables, stdio: "inherit", shell });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    process.on("SIGINT", forward).on("SIGTERM", forward);
    child.once("error", reject);
    child.once("exit", (code) => {
      process.off("SIGINT", forward).off("SIGTERM", forward);
      resolve(code ?? 1);
    });
  });
}
