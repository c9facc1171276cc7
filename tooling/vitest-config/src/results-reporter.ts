import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, SerializedError, TestModule, Vitest } from "vitest/node";
import type {} from "./fault.ts";
import type { Fault } from "./fault-record.ts";

/** One test that did not pass, or was skipped. */
interface NamedResult {
  readonly name: string;
  readonly reason: string;
}

/** Content of `.test-results/<task>.json`; the Python test driver writes the same. */
export interface TaskResults {
  readonly task: string;
  readonly passed: number;
  readonly failed: NamedResult[];
  readonly skipped: readonly NamedResult[];
  /** What tests saw of faults; each belongs to a test that passed. */
  readonly faults?: readonly Fault[];
}

type Projects = Readonly<Record<string, string>>;

/**
 * Writes what each project's tests came to as `.test-results/<task>.json` in the package's folder.
 *
 * @param tasks name of the task that runs a project, by the project's name.
 */
export function createResultsReporter(tasks: Projects): Reporter {
  let root = process.cwd();
  let selected: string[] = [];
  return {
    onInit(vitest: Vitest) {
      root = vitest.config.root;
      selected = vitest.projects.map(({ name }) => name).filter((name) => name in tasks);
    },
    onTestRunEnd(modules, errors) {
      const folder = join(root, ".test-results");
      mkdirSync(folder, { recursive: true });
      for (const [index, project] of selected.entries()) {
        const own = modules.filter((module) => module.project.name === project);
        const results = summarizeModules(tasks[project]!, own, index === 0 ? errors : []);
        if (own.length === 0 && project === "integration") results.failed.push({ name: "test/", reason: "no test was run" });
        if (results.failed.length > 0) process.exitCode ||= 1;
        writeFileSync(join(folder, `${results.task}.json`), `${JSON.stringify(results, null, 2)}\n`);
      }
    },
  };
}

/** A file that cannot be loaded, holds no test or was not finished counts as one failure; so does an error outside every test. */
function summarizeModules(task: string, modules: readonly TestModule[], errors: readonly SerializedError[]): TaskResults {
  const failed: NamedResult[] = errors.map((error) => ({ name: "outside every test", reason: error.message }));
  const skipped: NamedResult[] = [];
  const faults: Fault[] = [];
  let passed = 0;
  for (const module of modules.toSorted((a, b) => (a.relativeModuleId < b.relativeModuleId ? -1 : 1))) {
    const file = module.relativeModuleId;
    let tests = 0;
    for (const test of module.children.allTests()) {
      tests += 1;
      const name = `${file} > ${test.fullName}`;
      const result = test.result();
      if (result.state === "passed") {
        passed += 1;
        faults.push(...(test.meta().faults ?? []));
      } else if (result.state === "skipped") skipped.push({ name, reason: result.note ?? "" });
      else failed.push({ name, reason: result.errors?.[0]?.message ?? "was not finished" });
    }
    const problems = module.errors();
    const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
    const [problem] = [...problems, ...suites];
    if (problem) failed.push({ name: file, reason: problem.message });
    else if (tests === 0) failed.push({ name: file, reason: "holds no test" });
  }
  return { task, passed, failed, skipped, ...(faults.length > 0 && { faults }) };
}
