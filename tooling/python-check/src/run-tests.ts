import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, readSettings } from "@parfocal/core";
import { type FixtureName, fixture, sharedData } from "@parfocal/fixtures";
import { upstreamPython } from "@parfocal/parity";
import { execa } from "execa";
import { type PythonPackage, testEnvironment } from "./python-package.ts";

const driver = fileURLToPath(new URL("../python/run_tests.py", import.meta.url));

/** One test may take this long, ten times what the slowest is expected to. */
const testDeadlineSeconds = 600;

/**
 * Runs a package's Python tests in its environment, warnings being errors; what they came to is also in `.test-results/python.json`.
 *
 * @param more further arguments for pytest, for example `["-k", "otsu"]`.
 * @returns pytest's exit code; 5 when no test was found.
 */
export async function runTests(python: PythonPackage, more: readonly string[]): Promise<number> {
  const report = join(python.folder, ".test-results", "python.json");
  await rm(report, { force: true });
  const environment = await testEnvironment(python);
  const threads = String(readSettings().threads ?? 2);
  const own = join(python.folder, "python", "pyproject.toml");
  const upstream = await upstreamVariables(python.folder);
  const result = await execa(
    environment.python,
    [
      ...["-I", "-X", "utf8", "-W", "error", driver, report, JSON.stringify(python.searchPath)],
      ...(existsSync(own) ? ["-c", own] : ["-c", fileURLToPath(new URL("../python/pytest.ini", import.meta.url))]),
      ...["--rootdir", python.folder, "-p", "no:cacheprovider", "--strict-markers", "--strict-config", "-ra", "-q"],
      ...["-o", "xfail_strict=true"],
      ...["-o", `faulthandler_timeout=${testDeadlineSeconds}`, "-o", "faulthandler_exit_on_timeout=true"],
      ...more,
      join(python.folder, "python", "tests"),
    ],
    {
      cwd: python.folder,
      env: {
        ...cleanEnvironment(process.env),
        OMP_NUM_THREADS: threads,
        OPENBLAS_NUM_THREADS: threads,
        MKL_NUM_THREADS: threads,
        PYTHONDONTWRITEBYTECODE: "1",
        ...upstream,
        ...(await fixtureVariables(python.folder)),
      },
      extendEnv: false,
      stdio: "inherit",
      reject: false,
      killDescendants: true,
    },
  );
  return result.exitCode ?? 1;
}

/** Where the tests of training find upstream: they need its environment, and the shared images to train on. */
async function upstreamVariables(folder: string): Promise<Record<string, string>> {
  const comparison = join(folder, "parity");
  if (sharedData("dsb2018-fluo") === null || !existsSync(join(folder, "training"))) return {};
  return { PARFOCAL_PARITY_PYTHON: await upstreamPython(comparison) };
}

/** Folders of the wheels that `python/tests/fixtures.json` names, fetched by hash. */
async function fixtureVariables(folder: string): Promise<Record<string, string>> {
  const list = join(folder, "python", "tests", "fixtures.json");
  if (!existsSync(list)) return {};
  const names = JSON.parse(await readFile(list, "utf8")) as FixtureName[];
  const folders = await Promise.all(names.map(async (name) => [name, (await fixture(name)).folder]));
  return { PARFOCAL_FIXTURES: JSON.stringify(Object.fromEntries(folders)) };
}
