import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { locksSchema, readPins } from "@parfocal/core";
import { expect, onTestFinished, test } from "vitest";
import { checkLocks } from "../src/check-locks.ts";
import { createCompiler } from "../src/compile.ts";
import { createWheelScale } from "../src/wheel-bytes.ts";
import { writeLocks } from "../src/write-locks.ts";

test("a small module is locked for every platform, measured, and in step", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pf-write-locks-"));
  const compiler = await createCompiler();
  onTestFinished(() => {
    compiler.dispose();
    rmSync(folder, { recursive: true, force: true });
  });
  mkdirSync(join(folder, "python"));
  const text =
    '[project]\nname = "x"\nversion = "0"\nrequires-python = "==3.11.*"\ndependencies = ["tqdm==4.67.1"]\n[dependency-groups]\ntest = ["iniconfig", "tqdm"]\n[tool.parfocal.accelerators]\ncpu = []\n';
  writeFileSync(join(folder, "python", "pyproject.toml"), text);
  const said: string[] = [];
  await writeLocks(folder, { compiler, scale: createWheelScale(), upgrade: false, say: (message) => said.push(message) });

  const root = join(folder, "python", "locks", "default");
  const locks = locksSchema.parse(JSON.parse(readFileSync(join(root, "locks.json"), "utf8")));
  expect(Object.keys(locks.accelerators.cpu!.platforms)).toEqual([
    "linux-x64",
    "linux-arm64",
    "darwin-arm64",
    "darwin-x64",
    "win32-x64",
  ]);
  const sizes = locks.accelerators.cpu!.platforms["linux-x64"]!;
  expect(sizes.downloadBytes).toBeGreaterThan(50_000);
  expect(sizes.installedBytes).toBeGreaterThan(sizes.downloadBytes!);
  expect(locks.accelerators.cpu!.platforms["win32-x64"]!.downloadBytes).toBeGreaterThan(sizes.downloadBytes!); // colorama

  const { pins } = readPins(readFileSync(join(root, "cpu.txt"), "utf8"));
  expect(pins.map(({ name, marker }) => [name, marker === null])).toEqual([
    ["colorama", false],
    ["tqdm", true],
  ]);
  const extra = readPins(readFileSync(join(root, "test.txt"), "utf8")).pins;
  expect(extra.map(({ name }) => name)).toEqual(["iniconfig"]);
  expect(checkLocks(folder)).toEqual([]);
  expect(said).toHaveLength(2);
});
