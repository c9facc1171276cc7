/**
 * Checks, fixes and tests the Python of the package in the current folder.
 *
 *     main.ts check|fix|test [--module FOLDER] [-- PYTEST_ARGUMENT...]
 *
 * @module
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { formatFindings } from "./finding.ts";
import { checkTypes } from "./pyright.ts";
import { ownPackages, type PythonPackage, pythonFiles, readPythonPackage, testEnvironment } from "./python-package.ts";
import { checkSource, fixSource } from "./ruff.ts";
import { runTests } from "./run-tests.ts";

async function check(python: PythonPackage): Promise<number> {
  const files = pythonFiles(python);
  const sources = await Promise.all(files.map((path) => readFile(join(python.folder, path), "utf8")));
  const own = ownPackages(python);
  const lint = files.flatMap((path, index) => checkSource(path, sources[index]!, own));
  const types = await checkTypes(python, await testEnvironment(python));
  const findings = [...lint, ...types];
  console.log(findings.length === 0 ? `${files.length} Python files are clean` : formatFindings(findings));
  return findings.length === 0 ? 0 : 1;
}

async function fix(python: PythonPackage): Promise<number> {
  const own = ownPackages(python);
  for (const path of pythonFiles(python)) {
    const source = await readFile(join(python.folder, path), "utf8");
    const fixed = fixSource(path, source, own);
    if (fixed === source) continue;
    await writeFile(join(python.folder, path), fixed);
    console.log(`fixed ${path}`);
  }
  return 0;
}

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { module: { type: "string" } } });
  const [command, ...more] = positionals;
  const folder = process.cwd();
  const python = readPythonPackage(folder, resolve(values.module ?? folder));
  if (command === "check") return check(python);
  if (command === "fix") return fix(python);
  if (command === "test") return runTests(python, more);
  console.error("usage: main.ts check|fix|test [--module FOLDER] [-- PYTEST_ARGUMENT...]");
  return 2;
}

process.exitCode = await main();
