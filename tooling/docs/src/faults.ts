/**
 * Writes `docs/reference/faults.md` from what the last run of the tests saw. `--check` writes nothing and fails where a fault came out differently than the page says;
 * what the page says beyond that is a failure only where no test was skipped.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Fault } from "@parfocal/vitest-config/fault-record";
import { compareFaults, faultPage } from "./fault-table.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const path = join(repository, "docs", "reference", "faults.md");
const { values } = parseArgs({ options: { check: { type: "boolean" } } });

const faults: Fault[] = [];
let skipped = 0;
for (const group of ["packages", "modules", "tooling"]) {
  for (const name of readdirSync(join(repository, group)).sort()) {
    const file = join(repository, group, name, ".test-results", "integration.json");
    if (!existsSync(file)) continue;
    const results = JSON.parse(readFileSync(file, "utf8")) as { readonly faults?: Fault[]; readonly skipped: readonly unknown[] };
    faults.push(...(results.faults ?? []));
    skipped += results.skipped.length;
  }
}
if (values.check) {
  const { missing, unseen } = compareFaults(readFileSync(path, "utf8"), faults);
  for (const row of missing) console.error(`docs/reference/faults.md lacks: ${row}`);
  for (const row of unseen) console.error(`docs/reference/faults.md says what no test saw: ${row}`);
  if (missing.length > 0) console.error("run `pnpm faults` after a run of all tests");
  process.exitCode = missing.length > 0 || (unseen.length > 0 && skipped === 0) ? 1 : 0;
  if (process.exitCode === 0) console.log(`${faults.length} faults came out as the page says`);
} else {
  writeFileSync(path, faultPage(faults));
  console.log("wrote docs/reference/faults.md");
}
