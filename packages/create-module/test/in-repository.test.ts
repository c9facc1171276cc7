import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { checkRepository, formatProblems } from "@parfocal/conventions";
import { execa } from "execa";
import { expect, onTestFinished, test } from "vitest";
import { checkSource } from "../../../tooling/python-check/src/ruff.ts";
import { createModuleFolder } from "../src/create/create-module.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const parts = [
  "pnpm-workspace.yaml",
  "LICENSE",
  "packages/core/package.json",
  ...["package.json", "tsconfig.json", "tsconfig.build.json", "vitest.config.ts"].map((name) => `modules/threshold/${name}`),
];

/** As much of this repository as a new module sees of it. */
function smallRepository(): string {
  const root = mkdtempSync(join(tmpdir(), "parfocal repository "));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const part of parts) {
    mkdirSync(dirname(join(root, part)), { recursive: true });
    copyFileSync(join(repository, part), join(root, part));
  }
  return root;
}

test("a module made inside this repository keeps its conventions and compiles", async () => {
  const root = smallRepository();
  await execa("git", ["init", "--quiet"], { cwd: root });
  const description = "Finds spots in volumes";
  const module = {
    name: "bright-spots",
    form: "typescript",
    description,
    dependencies: [],
    axes: ["zyx", "yx"],
    lock: true,
  } as const;
  const made = await createModuleFolder(module, { cwd: join(root, "modules") });
  const folder = join(root, "modules", "bright-spots");
  expect(made).toMatchObject({ folder, packageName: "@parfocal/bright-spots", inRepository: true, lockProblem: null });

  symlinkSync(join(repository, "modules", "threshold", "node_modules"), join(folder, "node_modules"), "junction");
  const problems = (await checkRepository(root)).filter(({ place }) => place.startsWith("modules/bright-spots"));
  expect(formatProblems(problems)).toBe("");
  const tsc = await execa(process.execPath, [join(repository, "node_modules", "typescript", "bin", "tsc"), "-p", folder], {
    reject: false,
    all: true,
  });
  expect(tsc.all).toBe("");
  for (const path of ["python/worker.py", "python/tests/test_worker.py"]) {
    expect(checkSource(path, readFileSync(join(folder, path), "utf8"))).toEqual([]);
  }
  const manifest = JSON.parse(readFileSync(join(folder, "module.json"), "utf8"));
  expect(manifest).toMatchObject({
    name: "bright-spots",
    description,
    accepts: { axes: ["zyx", "yx"] },
    sample: { axes: "zyx" },
  });
  expect(readFileSync(join(folder, "src", "index.ts"), "utf8")).toContain("export const brightSpots = defineModule({");
  await expect(createModuleFolder(module, { cwd: root })).rejects.toThrow(`the folder ${folder} is not empty`);
});

test("nothing is left of a module that could not be made", async () => {
  const root = smallRepository();
  const module = { name: "spots", form: "python", description: "Finds spots", axes: ["yx"], lock: true } as const;
  const make = (changes: object) => createModuleFolder({ ...module, dependencies: [], ...changes }, { cwd: root });
  await expect(make({ dependencies: ["no-such-package-of-parfocal"] })).rejects.toMatchObject({
    code: "LOCK_FAILED",
    hint: "nothing was written; give other --dependencies, or leave the lock for later with --no-lock",
  });
  expect(existsSync(join(root, "spots"))).toBe(false);
  await expect(make({ folder: "LICENSE" })).rejects.toThrow(`${join(root, "LICENSE")} is a file`);
  await expect(make({ axes: ["yy"] })).rejects.toThrow('"yy" is no order of axes');
  await expect(make({ description: 'Finds "spots"' })).rejects.toThrow("cannot be used");
  await expect(make({ dependencies: ["-r x"] })).rejects.toThrow('"-r x" is not the name of a Python package');
});

test("without the network the lock is left for later", async () => {
  const root = smallRepository();
  const module = {
    name: "spots",
    form: "python",
    description: "Finds spots",
    dependencies: [],
    axes: ["cyx"],
    lock: true,
  } as const;
  const made = await createModuleFolder(module, { cwd: root, settings: { offline: true, wheelhouse: [] } });
  expect(made.locks).toBeNull();
  expect(made.lockProblem).toMatchObject({ code: "ENV_NETWORK", message: expect.stringContaining("downloads are off") });
  expect(existsSync(join(made.folder, "worker.py"))).toBe(true);
});
