import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { commandOf, readJson, root } from "./folders.mjs";
import { run } from "./process.mjs";

/** Folder in which turbo leaves a description of each run. */
const runs = join(root, ".turbo", "runs");

const list = () => (existsSync(runs) ? readdirSync(runs).filter((name) => name.endsWith(".json")) : []);

/**
 * Runs turbo tasks to the end, whatever fails.
 * @param {string} node
 * @param {readonly string[]} args
 * @param {Record<string, string | undefined>} variables
 * @returns {Promise<{ exitCode: number, tasks: import("./reports.mjs").TaskSummary[] }>} the tasks that have a script
 */
export async function runTurbo(node, args, variables) {
  const before = new Set(list());
  const exitCode = await run(node, [commandOf("turbo"), "run", ...args, "--continue", "--summarize"], variables);
  const [name] = list().filter((file) => !before.has(file));
  if (name === undefined) return { exitCode, tasks: [] };
  const { tasks } = readJson(join(runs, name));
  rmSync(join(runs, name));
  return { exitCode, tasks: tasks.filter((/** @type {any} */ task) => task.command !== "<NONEXISTENT>") };
}
