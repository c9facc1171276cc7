import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const threshold = fileURLToPath(new URL("../../../modules/threshold", import.meta.url));
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal python check "));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function writePackage(name: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(root, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function run(command: string, folder: string): Promise<{ exitCode: number | undefined; stdout: string; results: unknown }> {
  const args = ["--conditions=@parfocal/source", main, command, "--module", threshold];
  const { exitCode, stdout } = await execa(process.execPath, args, { cwd: folder, reject: false });
  const text = await readFile(join(folder, ".test-results", "python.json"), "utf8").catch(() => "null");
  return { exitCode, stdout, results: JSON.parse(text) };
}

it("counts passed, failed and skipped tests with their reasons", async () => {
  const folder = await writePackage("mixed", {
    "python/answer.py": "ANSWER = 42\n",
    "python/tests/test_answer.py": `
import warnings
import numpy as np
import pytest
from answer import ANSWER
from parfocal_worker import BadInputError

def test_good():
    assert ANSWER == np.int64(42) and issubclass(BadInputError, Exception)

def test_bad():
    assert ANSWER == 41

def test_warns():
    warnings.warn("old", DeprecationWarning)

@pytest.mark.skip(reason="skipped: no ../shared")
def test_absent():
    raise AssertionError

@pytest.fixture
def broken():
    raise OSError("no disk")

def test_set_up(broken):
    pass
`,
  });
  const { exitCode, results } = await run("test", folder);
  expect(exitCode).toBe(1);
  expect(results).toMatchInlineSnapshot(`
    {
      "failed": [
        {
          "name": "python/tests/test_answer.py::test_bad",
          "reason": "assert 42 == 41",
        },
        {
          "name": "python/tests/test_answer.py::test_warns",
          "reason": "DeprecationWarning: old",
        },
        {
          "name": "python/tests/test_answer.py::test_set_up",
          "reason": "OSError: no disk",
        },
      ],
      "passed": 1,
      "skipped": [
        {
          "name": "python/tests/test_answer.py::test_absent",
          "reason": "skipped: no ../shared",
        },
      ],
      "task": "python",
    }
  `);
});

it("fails when a file cannot be imported, and when there is no test at all", async () => {
  const unreadable = await writePackage("unreadable", { "python/tests/test_a.py": "import no_such_package\n" });
  expect(await run("test", unreadable)).toMatchObject({
    exitCode: 2,
    results: { passed: 0, failed: [{ reason: "ModuleNotFoundError: No module named 'no_such_package'" }] },
  });
  const empty = await writePackage("empty", { "python/tests/test_a.py": "" });
  expect(await run("test", empty)).toMatchObject({ exitCode: 5, results: { passed: 0, failed: [] } });
});

it("leaves no report of an earlier run when Python dies", async () => {
  const files = { "python/tests/test_a.py": "def test_a():\n    pass\n" };
  const folder = await writePackage("dies", files);
  expect((await run("test", folder)).results).toMatchObject({ passed: 1 });
  await writeFile(join(folder, "python/tests/test_a.py"), "import os\n\n\ndef test_a():\n    os._exit(3)\n");
  expect(await run("test", folder)).toMatchObject({ exitCode: 3, results: null });
});

it("checks types against the environment's own packages", async () => {
  const header = '"""Means."""\n\nfrom __future__ import annotations\n\nimport numpy as np\n\n\n';
  const mean = 'def mean(values: np.ndarray) -> float:\n    """Average."""\n    return float(np.mean(values))\n';
  const good = await writePackage("good", { "python/means.py": header + mean });
  expect(await run("check", good)).toMatchObject({ exitCode: 0, stdout: "1 Python files are clean" });

  const wrong = mean.replace("float(np.mean(values))", "np.mean_of(values)");
  const bad = await writePackage("bad", { "python/means.py": header + wrong });
  const { exitCode, stdout } = await run("check", bad);
  expect(exitCode).toBe(1);
  expect(stdout).toContain(
    'python/means.py:10:15 reportAttributeAccessIssue "mean_of" is not a known attribute of module "numpy"',
  );
});
