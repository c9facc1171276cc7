import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { commandOf, root } from "./folders.mjs";
import { environment, run, twoThreads } from "./process.mjs";
import { addTask, emptyTally, summaryLines } from "./reports.mjs";
import { sharedState } from "./shared-state.mjs";
import { runTurbo } from "./turbo.mjs";

const fromSource = "--conditions=@parfocal/source";

/** Checks of the whole repository, which no package owns. None needs the network. */
function checks() {
  return [
    { name: "biome", args: [commandOf("@biomejs/biome", "biome"), "check", "--diagnostic-level=warn", "."] },
    { name: "sherif", args: [commandOf("sherif")] },
    { name: "knip", args: [commandOf("knip")] },
    { name: "locks", args: [fromSource, join(root, "tooling", "locks", "src", "main.ts"), "--check"] },
    { name: "docs", args: [fromSource, join(root, "tooling", "docs", "src", "main.ts"), "--check"] },
  ];
}

/** Removes the reports of earlier runs, so that every report found afterwards is of this one or of turbo's cache. */
function removeReports() {
  for (const group of ["packages", "modules", "tooling"]) {
    for (const name of readdirSync(join(root, group))) {
      rmSync(join(root, group, name, ".test-results"), { recursive: true, force: true });
    }
  }
}

/**
 * Runs all checks and tests; the last line printed is `N passed, N failed`, with `, N skipped` where some were.
 * @param {string} node
 * @returns {Promise<number>} exit code
 */
export async function test(node) {
  const variables = environment({ ...twoThreads, PARFOCAL_SHARED_STATE: sharedState() });
  const tally = emptyTally();
  for (const { name, args } of checks()) {
    console.log(`\n# ${name}`);
    if ((await run(node, args, variables)) === 0) tally.passed += 1;
    else tally.failures.push(`check ${name}`);
  }

  removeReports();
  // builds are part of both runs
  const counted = new Set();
  for (const args of [
    ["build", "typecheck", "test", "--concurrency=2"],
    ["check:python", "test:python", "test:integration", "--concurrency=1"],
  ]) {
    const { exitCode, tasks } = await runTurbo(node, args, variables);
    const before = tally.failures.length;
    for (const task of tasks.filter(({ taskId }) => !counted.has(taskId))) {
      addTask(tally, root, task);
      counted.add(task.taskId);
    }
    const known = tasks.some(({ execution }) => execution?.exitCode !== 0);
    if (exitCode !== 0 && !known && tally.failures.length === before)
      tally.failures.push(`turbo run ${args.join(" ")}: ended with ${exitCode}`);
  }
  if (![...counted].some((taskId) => /#test(:|$)/.test(taskId))) tally.failures.push("no report of any test was found");

  if (tally.failures.length === 0) {
    console.log("\n# faults");
    const args = [fromSource, join(root, "tooling", "docs", "src", "faults.ts"), "--check"];
    if ((await run(node, args, variables)) === 0) tally.passed += 1;
    else tally.failures.push("check faults");
  }

  for (const line of summaryLines(tally)) console.log(line);
  return tally.failures.length === 0 ? 0 : 1;
}
