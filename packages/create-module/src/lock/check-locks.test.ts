import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { checkLocks } from "./check-locks.ts";

const modules = fileURLToPath(new URL("../../../../modules", import.meta.url));

/** A copy of threshold's Python folder to break things in. */
function copyOfThreshold(): { folder: string; locks: string } {
  const folder = mkdtempSync(join(tmpdir(), "pf-locks-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(modules, "threshold", "python", "pyproject.toml"), join(folder, "python", "pyproject.toml"));
  cpSync(join(modules, "threshold", "python", "locks"), join(folder, "python", "locks"), { recursive: true });
  return { folder, locks: join(folder, "python", "locks", "default") };
}

describe("checkLocks", () => {
  test("finds a dependency that was added after locking", () => {
    const { folder, locks } = copyOfThreshold();
    const path = join(folder, "python", "pyproject.toml");
    writeFileSync(path, readFileSync(path, "utf8").replace("dependencies = [", 'dependencies = ["tifffile", '));
    expect(checkLocks(folder)).toEqual([
      `${join(locks, "cpu.txt")} is older than pyproject.toml`,
      `${join(locks, "test.txt")} is older than pyproject.toml`,
    ]);
  });

  test("does not mind the order of dependencies, nor other tables", () => {
    const { folder } = copyOfThreshold();
    const path = join(folder, "python", "pyproject.toml");
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      `${text.replace(/dependencies = \[(.+?), (.+?)\]\n/, "dependencies = [$2, $1]\n")}\n[tool.ruff]\nline-length = 100\n`,
    );
    expect(readFileSync(path, "utf8")).not.toBe(text);
    expect(checkLocks(folder)).toEqual([]);
  });

  test("finds a lock that was edited, and the line that breaks the rules", () => {
    const { folder, locks } = copyOfThreshold();
    const path = join(locks, "cpu.txt");
    const lines = readFileSync(path, "utf8").split("\n").length;
    appendFileSync(path, "evil @ git+file:///x\n");
    expect(checkLocks(folder)).toEqual([
      `${path} was changed: its sha256 is not the one in locks.json`,
      `${path}:${lines} names an address (://)`,
      `${path}:${lines} is a direct reference (name @ ...)`,
    ]);
  });

  test("finds what is missing, left over or for another Python", () => {
    const { folder, locks } = copyOfThreshold();
    rmSync(join(locks, "test.txt"));
    writeFileSync(join(locks, "cuda.txt"), "");
    const path = join(folder, "python", "pyproject.toml");
    writeFileSync(path, readFileSync(path, "utf8").replace("==3.11.*", "==3.12.*"));
    expect(checkLocks(folder)).toEqual([
      `${locks}: locked for Python 3.11, pyproject.toml asks for 3.12`,
      `${join(locks, "cuda")}.txt is not asked for by pyproject.toml`,
      `${join(locks, "cpu.txt")} is older than pyproject.toml`,
      `${join(locks, "test.txt")} is missing`,
    ]);
    rmSync(join(locks, "locks.json"));
    expect(checkLocks(folder)).toEqual([`${join(locks, "locks.json")} does not exist`]);
  });
});
