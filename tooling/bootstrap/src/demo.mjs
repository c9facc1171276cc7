import { commandOf } from "./folders.mjs";
import { environment, run } from "./process.mjs";

/**
 * Builds everything, then segments the samples that the modules bring.
 * @param {string} node
 * @param {readonly string[]} args handed on to `parfocal demo`
 * @returns {Promise<number>} exit code
 */
export async function demo(node, args) {
  const variables = environment();
  const build = await run(node, [commandOf("turbo"), "run", "build", "--output-logs=errors-only"], variables);
  if (build !== 0) return build;
  return await run(node, [commandOf("parfocal"), "demo", "--out", "demo-output", ...args], variables);
}
