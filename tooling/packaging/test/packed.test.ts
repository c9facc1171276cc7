import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packPackage, publicPackages } from "./support.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal packed "));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(publicPackages())("$name as published", (each) => {
  let tarball: string;
  let files: string[];

  beforeAll(async () => {
    tarball = await packPackage(each, folder);
    const { stdout } = await execa("tar", ["-tzf", tarball.slice(folder.length + 1)], { cwd: folder });
    files = stdout.split(/\r?\n/).map((name) => name.replace(/^package\//, ""));
  });

  it("holds its build and licence, and no tests, caches or build info", () => {
    expect(files).toEqual(expect.arrayContaining(["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"]));
    // a template brings the tests of what is made from it
    const own = files.filter((name) => !name.startsWith("template/"));
    expect(own.filter((name) => /\.test\.|tsbuildinfo|python\/tests\/|\.test-results/.test(name))).toEqual([]);
    expect(files.filter((name) => name.includes("__pycache__"))).toEqual([]);
  });

  if (existsSync(join(each.folder, "python", "worker.py"))) {
    it("holds what runs the module", () => {
      const profiles = readdirSync(join(each.folder, "python", "locks"));
      const locks = profiles.flatMap((profile) => ["cpu.txt", "locks.json"].map((name) => `python/locks/${profile}/${name}`));
      expect(locks).not.toEqual([]);
      expect(files).toEqual(expect.arrayContaining(["module.json", "python/worker.py", ...locks]));
    });
  }

  if (existsSync(join(each.folder, "template"))) {
    it("holds all of its template", async () => {
      const { stdout } = await execa("git", ["ls-files", "template"], { cwd: each.folder });
      expect(files).toEqual(expect.arrayContaining(stdout.split("\n")));
    });
  }

  it("names published versions, not places in the workspace", async () => {
    const { stdout } = await execa("tar", ["-xzOf", tarball.slice(folder.length + 1), "package/package.json"], { cwd: folder });
    expect(stdout).not.toMatch(/"(workspace|catalog):/);
  });

  it("passes publint", async () => {
    const result = await execa("publint", ["run", tarball, "--strict"], { preferLocal: true, reject: false, all: true });
    expect(result.exitCode, result.all).toBe(0);
  });

  it("gives TypeScript the types of what Node loads", async () => {
    const args = [tarball, "--profile", "esm-only", "--no-emoji", "--no-color"];
    const result = await execa("attw", args, { preferLocal: true, reject: false, all: true });
    expect(result.exitCode, result.all).toBe(0);
  });
});
