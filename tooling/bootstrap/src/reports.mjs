import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ passed: number, failures: string[], skipped: string[] }} Tally
 * @typedef {{ taskId: string, task: string, directory: string, execution?: { exitCode?: number | null } | null }} TaskSummary
 */

/** The report that each kind of task writes into its package; its form is `TaskResults` of tooling/vitest-config. */
const reportFiles = {
  test: ".test-results/test.json",
  "test:python": ".test-results/python.json",
  "test:integration": ".test-results/integration.json",
};

/** @returns {Tally} */
export function emptyTally() {
  return { passed: 0, failures: [], skipped: [] };
}

/**
 * Adds one task: its report where it is a test, and a failure where it ended badly without a failed test or left no report.
 * @param {Tally} tally
 * @param {string} root
 * @param {TaskSummary} task
 */
export function addTask(tally, root, task) {
  const before = tally.failures.length;
  const file = reportFiles[/** @type {keyof typeof reportFiles} */ (task.task)];
  const path = file === undefined ? null : join(root, task.directory, file);
  if (path !== null) addReport(tally, task.taskId, path);
  const exitCode = task.execution?.exitCode ?? null;
  if (exitCode !== 0 && tally.failures.length === before) {
    tally.failures.push(`${task.taskId}: ${exitCode === null ? "did not run" : `ended with ${exitCode}`}`);
  }
}

/**
 * @param {Tally} tally
 * @param {string} taskId
 * @param {string} path
 */
function addReport(tally, taskId, path) {
  if (!existsSync(path)) {
    tally.failures.push(`${taskId}: left no report`);
    return;
  }
  const { passed, failed, skipped } = JSON.parse(readFileSync(path, "utf8"));
  const named = (/** @type {{ name: string, reason: string }} */ { name, reason }) =>
    `${taskId}: ${name}${reason ? ` (${reason.split("\n")[0]})` : ""}`;
  tally.passed += passed;
  tally.failures.push(...failed.map(named));
  tally.skipped.push(...skipped.map(named));
}

/**
 * The lines that end a test run; the last one is for programs.
 * @param {Tally} tally
 * @returns {string[]}
 */
export function summaryLines({ passed, failures, skipped }) {
  return [
    ...(skipped.length > 0 ? ["", "skipped:", ...skipped.map((name) => `  ${name}`)] : []),
    ...(failures.length > 0 ? ["", "failed:", ...failures.map((name) => `  ${name}`)] : []),
    "",
    `${passed} passed, ${failures.length} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
  ];
}
