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

/** Exit codes of a shell for programs that were ended by these signals. */
const signalCodes = { SIGINT: 130, SIGTERM: 143 };

/**
 * Runs a program without a shell and shows its output. When this process is interrupted meanwhile, it waits for the program to end too, and
 * then exits: nothing is started after Ctrl-C.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} variables
 * @param {boolean} [shell] only for commands that are batch files on Windows, whose arguments we wrote
 * @returns {Promise<number>} exit code; 1 where a signal ended it
 */
export function run(file, args, variables, shell = false) {
  return new Promise((resolve, reject) => {
    // a process group of its own: one signal reaches the program and what it started, wrappers that pass none on included
    const group = process.platform !== "win32";
    const child = spawn(file, args, {
      cwd: root,
      env: variables,
      stdio: ["ignore", "inherit", "inherit"],
      shell,
      detached: group,
    });
    /** @type {keyof typeof signalCodes | null} */
    let interruption = null;
    const forward = (/** @type {keyof typeof signalCodes} */ signal) => {
      interruption = signal;
      if (group && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
    };
    process.on("SIGINT", forward).on("SIGTERM", forward);
    const stop = () => process.off("SIGINT", forward).off("SIGTERM", forward);
    child.once("error", (error) => {
      stop();
      reject(error);
    });
    child.once("exit", (code) => {
      stop();
      if (interruption !== null) process.exit(signalCodes[interruption]);
      resolve(code ?? 1);
    });
  });
}
