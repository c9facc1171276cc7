import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./prepare.mjs";
import { collectReports, reportFolders } from "./summary.mjs";

const source = "--conditions=@parfocal/source";

/** Checks that are not tests of one package; each counts as one. */
const checks = [
  ["format and lint", "biome", ["ci", "--error-on-warnings", "."]],
  ["consistent dependencies", "sherif", ["--ignore-rule", "root-package-private-field"]],
  ["no unused code or dependencies", "knip", []],
  ["locks agree with pyproject.toml", "node", [source, "tooling/locks/src/main.ts", "--check"]],
  ["generated pages are current", "node", [source, "tooling/docs/src/main.ts", "--check"]],
];

/** Fixed thread counts, so that results and load do not depend on how many processors a machine shows. */
const threads = Object.fromEntries(
  ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "PARFOCAL_THREADS"].map((name) => [name, "2"]),
);

/** sha256 of the list of shared data beside the checkout, or "absent": part of every task's cache key. */
function sharedState() {
  const sums = join(repository, "..", "shared", "data", "SHA256SUMS");
  return existsSync(sums) ? createHash("sha256").update(readFileSync(sums)).digest("hex") : "absent";
}

/** Runs checks, TypeScript tasks two at a time, then Python tasks one at a time; prints the sum as the last line. */
export function runTests(run) {
  const environment = { ...threads, PARFOCAL_SHARED_STATE: sharedState() };
  for (const folder of reportFolders()) rmSync(folder, { recursive: true, force: true });
  const failedSteps = [];
  const step = (name, program, args) => {
    console.log(`\n--- ${name}`);
    const ok = run(program, args, environment);
    if (!ok) failedSteps.push(name);
    return ok;
  };
  let passedChecks = 0;
  for (const [name, program, args] of checks) if (step(name, program, args)) passedChecks += 1;
  const failedChecks = checks.length - passedChecks;

  const turbo = (tasks, concurrency) => ["run", ...tasks, `--concurrency=${concurrency}`, "--continue", "--output-logs=new-only", "--log-order=grouped"];
  const tasksOk = [
    step("TypeScript: build, types, unit tests", "turbo", turbo(["build", "typecheck", "test"], 2)),
    step("Python: lint, worker tests, integration tests", "turbo", turbo(["check:python", "test:python", "test:integration"], 1)),
  ].every(Boolean);

  const { passed, failed, skipped, names, files } = collectReports();
  if (names.length > 0) console.log(`\nskipped:\n${names.map((name) => `  ${name}`).join("\n")}`);
  if (failedSteps.length > 0) console.log(`\nnot passed: ${failedSteps.join(", ")}`);
  // A task that ended badly without a failed test in its report (a type error, a crash) counts as one failure.
  const unexplained = (tasksOk || failed > 0 ? 0 : 1) + (files === 0 ? 1 : 0);
  const allFailed = failed + failedChecks + unexplained;
  console.log(`\n${passed + passedChecks} passed, ${allFailed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return allFailed === 0 && tasksOk;
}
