import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repository } from "./prepare.mjs";

/** The `.test-results` folders of all packages, there or not. */
export function reportFolders() {
  const groups = ["packages", "modules", "tooling"].map((name) => join(repository, name));
  return groups.flatMap((group) => readdirSync(group).map((name) => join(group, name, ".test-results")));
}

/**
 * Adds up the reports that vitest and the pytest driver wrote in vitest's JSON format, also those that turbo brought back from its cache.
 * A test file that failed before its first test counts as one failure.
 */
export function collectReports() {
  const sum = { passed: 0, failed: 0, skipped: 0, names: [], files: 0 };
  for (const folder of reportFolders().filter(existsSync)) {
    const owner = relative(repository, join(folder, ".."));
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
      sum.files += 1;
      addReport(sum, owner, JSON.parse(readFileSync(join(folder, name), "utf8")));
    }
  }
  return sum;
}

function addReport(sum, owner, report) {
  for (const file of report.testResults) {
    for (const { status, fullName } of file.assertionResults) {
      if (status === "passed") sum.passed += 1;
      else if (status === "failed") sum.failed += 1;
      else {
        sum.skipped += 1;
        sum.names.push(`${owner}: ${fullName}`);
      }
    }
    if (file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed")) sum.failed += 1;
  }
}
