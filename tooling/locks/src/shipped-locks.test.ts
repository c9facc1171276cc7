import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPins } from "@parfocal/core";
import { checkLocks } from "create-parfocal-module";
import { describe, expect, test } from "vitest";

const modules = fileURLToPath(new URL("../../../modules", import.meta.url));
const folders = readdirSync(modules)
  .map((name) => join(modules, name))
  .filter((folder) => existsSync(join(folder, "python", "pyproject.toml")));

describe("the locks that are shipped", () => {
  test("there are some", () => expect(folders.length).toBeGreaterThanOrEqual(2));

  test.each(folders)("%s: in step, by the rules, naming no host", (folder) => {
    expect(checkLocks(folder)).toEqual([]);
    for (const profile of readdirSync(join(folder, "python", "locks"))) {
      const root = join(folder, "python", "locks", profile);
      for (const name of readdirSync(root)) {
        const text = readFileSync(join(root, name), "utf8");
        expect(text).not.toMatch(/:\/\/|\b[a-z0-9-]+\.(org|com|io|net)\b/);
        if (name.endsWith(".txt")) expect(readPins(text).pins.every(({ hashes }) => hashes.length > 0)).toBe(true);
      }
    }
  });
});
