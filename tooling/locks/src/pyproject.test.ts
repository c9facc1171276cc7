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
  [project.replace("==3.11.*", ">=3.10"), "requires-python must name one minor version"],
  [`${project}[tool.parfocal.accelerators]\ngpu = []\n`, "gpu"],
  ["[project]\n", "requires-python"],
])("what cannot be locked is named: %j", (text, message) => {
  const path = pyproject(text.includes("[tool.parfocal") ? text : `${text}[tool.parfocal]\n`);
  expect(() => readPyproject(path)).toThrow(expect.objectContaining({ message: expect.stringContaining(message) }));
  expect(() => readPyproject(path)).toThrow(path);
});
