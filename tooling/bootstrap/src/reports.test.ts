import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { addTask, emptyTally, summaryLines } from "./reports.mjs";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "parfocal reports "));
});
afterEach(() => rmSync(root, { recursive: true }));

function writeReport(directory: string, name: string, report: unknown): void {
  mkdirSync(join(root, directory, ".test-results"), { recursive: true });
  writeFileSync(join(root, directory, ".test-results", name), JSON.stringify(report));
}

const task = (exitCode: number | null) => ({
  taskId: "@parfocal/core#test",
  task: "test",
  directory: "packages/core",
  execution: exitCode === null ? null : { exitCode },
});

it("adds reports and names what was skipped and what failed before the last line", () => {
  const tally = emptyTally();
  writeReport("packages/core", "test.json", {
    passed: 3,
    failed: [{ name: "a > b", reason: "expected 1 to be 2\nat line 7" }],
    skipped: [{ name: "a > c", reason: "" }],
  });
  addTask(tally, root, task(1));
  expect(summaryLines(tally)).toEqual([
    "",
    "skipped:",
    "  @parfocal/core#test: a > c",
    "",
    "failed:",
    "  @parfocal/core#test: a > b (expected 1 to be 2)",
    "",
    "3 passed, 1 failed, 1 skipped",
  ]);
});

it("leaves out the skipped where there are none", () => {
  const tally = emptyTally();
  writeReport("packages/core", "test.json", { passed: 2, failed: [], skipped: [] });
  addTask(tally, root, task(0));
  expect(summaryLines(tally)).toEqual(["", "2 passed, 0 failed"]);
});

it("counts a test task without a report, whatever its exit code", () => {
  const tally = emptyTally();
  addTask(tally, root, task(0));
  expect(tally.failures).toEqual(["@parfocal/core#test: left no report"]);
});

it("counts a task that ended badly though every test in its report passed", () => {
  const tally = emptyTally();
  writeReport("packages/core", "test.json", { passed: 2, failed: [], skipped: [] });
  addTask(tally, root, task(1));
  expect(tally.failures).toEqual(["@parfocal/core#test: ended with 1"]);
});

it("counts a build that failed and one that never ran", () => {
  const tally = emptyTally();
  addTask(tally, root, { ...task(2), taskId: "@parfocal/core#build", task: "build" });
  addTask(tally, root, { ...task(null), taskId: "@parfocal/io#build", task: "build" });
  expect(tally.failures).toEqual(["@parfocal/core#build: ended with 2", "@parfocal/io#build: did not run"]);
});
