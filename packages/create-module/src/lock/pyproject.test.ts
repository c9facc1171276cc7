import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readPyproject } from "./pyproject.ts";

function pyproject(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "pf-pyproject-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, "pyproject.toml");
  writeFileSync(path, text);
  return path;
}

const project = '[project]\nname = "x"\nversion = "0"\nrequires-python = "==3.11.*"\ndependencies = ["numpy"]\n';

test("every accelerator gets the dependencies and its own; tests come last", () => {
  const path = pyproject(
    `${project}[dependency-groups]\ntest = ["pytest"]\n[tool.parfocal.accelerators]\ncpu = []\ncuda = { requirements = ["gpu"], platforms = ["linux-x64"], torch-backend = "cu130" }\n`,
  );
  expect(readPyproject(path)).toEqual({
    pythonMinor: "3.11",
    requests: [
      { profile: "default", name: "cpu", accelerator: "cpu", requirements: ["numpy"], platforms: null, torchBackend: null },
      {
        profile: "default",
        name: "cuda",
        accelerator: "cuda",
        requirements: ["numpy", "gpu"],
        platforms: ["linux-x64"],
        torchBackend: "cu130",
      },
      { profile: "default", name: "test", accelerator: null, requirements: ["pytest"], platforms: null, torchBackend: null },
    ],
  });
});

test("without a table of ours there is one lock, for the CPU", () => {
  expect(readPyproject(pyproject(project)).requests).toMatchObject([{ profile: "default", name: "cpu", platforms: null }]);
});

test("every way to write a requirement is understood", () => {
  const written = [
    "numpy",
    "scikit-image[data, test] >=0.25,<1",
    "torch==2.13.0+cpu",
    "a~=1.0 ; python_version < '4'",
    "b (>=1)",
    "c!=1.*",
  ];
  expect(readPyproject(pyproject(project.replace('["numpy"]', JSON.stringify(written)))).requests[0]!.requirements).toEqual(
    written,
  );
});

test("profiles have locks of their own", () => {
  const path = pyproject(
    `${project}[tool.parfocal.accelerators]\ncpu = []\n[tool.parfocal.profiles.onnx]\ndependencies = ["onnx"]\n[tool.parfocal.profiles.keras]\naccelerators = { cpu = ["keras"] }\n`,
  );
  expect(readPyproject(path).requests.map(({ profile, name, requirements }) => [profile, name, requirements])).toEqual([
    ["onnx", "cpu", ["numpy", "onnx"]],
    ["keras", "cpu", ["numpy", "keras"]],
  ]);
});

test.each([
  [project.replace("==3.11.*", ">=3.10"), 'requires-python is ">=3.10", which is not one minor version'],
  [`${project}[tool.parfocal.accelerators]\ngpu = []\n`, "gpu"],
  ["[project]\n", "requires-python"],
  [project.replace('"numpy"', '"mine @ file:///x"'), '"mine @ file:///x" is not a package by name and version'],
  [`${project}[tool.parfocal.accelerators]\ncuda = { requirements = [], platforms = ["solaris"] }\n`, "platforms[0]"],
  [project.replace('"numpy"', '"what is this"'), '"what is this" is not a package'],
  [project.replace('"numpy"', '"--index x"'), '"--index x" is not a package'],
  [`${project}]`, "Invalid TOML document"],
  [`${project}[tool.parfocal]\naccelerator = {}\n`, "accelerator"],
])("what cannot be locked is named: %j", (text, message) => {
  const path = pyproject(text);
  expect(() => readPyproject(path)).toThrow(
    expect.objectContaining({ code: "MODULE_INVALID", message: expect.stringContaining(message) }),
  );
  expect(() => readPyproject(path)).toThrow(path);
});
