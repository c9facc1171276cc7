import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { repository } from "./prepare.mjs";

/** The `.test-results` folders of all packages, there or not. */
export function reportFolders() {
  const groups = ["packages", "modules", "tooling"].map((name) => join(repository, name));
  return groups.flatMap((group) => readdirSync(group).map((name) => join(group, name, ".test-results")));
}

/** Adds up the reports of vitest and of the Python tests (`TaskResults` in tooling/vitest-config), also those from turbo's cache. */
export function collectReports() {
  const sum = { passed: 0, failed: [], skipped: [], files: 0 };
  for (const folder of reportFolders().filter(existsSync)) {
    const owner = relative(repository, join(folder, ".."));
    const named = ({ name, reason }) => `${owner}: ${name}${reason ? ` (${reason.split("\n")[0]})` : ""}`;
    for (const file of readdirSync(folder).filter((name) => name.endsWith(".json"))) {
      const { passed, failed, skipped } = JSON.parse(readFileSync(join(folder, file), "utf8"));
      sum.files += 1;
      sum.passed += passed;
      sum.failed.push(...failed.map(named));
      sum.skipped.push(...skipped.map(named));
    }
  }
  return sum;
}
