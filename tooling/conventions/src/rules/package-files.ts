import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../problem.ts";
import { filesOf, publishedPackages, type Repository, type WorkspacePackage } from "../repository.ts";

const everywhere: Readonly<Record<string, string>> = {
  "package.json": "copy that of modules/threshold and change names",
  "README.md": "say in it what the package is, how to install it, an example, its errors and its licence",
  "tsconfig.json": "copy that of modules/threshold",
  "tsconfig.build.json": "copy that of modules/threshold",
  "vitest.config.ts": "copy that of modules/threshold",
  "src/index.ts": "list there by hand what the package exports",
};

const inModules: Readonly<Record<string, string>> = {
  "src/params.ts": "write the parameters there as one zod schema",
  "src/version.ts": "run `pnpm docs --versions`",
  "python/pyproject.toml": "say in it what the worker asks for",
  "python/worker.py": "write the class Model there",
};

const inProfiles: Readonly<Record<string, string>> = {
  "locks.json": "run `pnpm lock`",
  "cpu.txt": "run `pnpm lock`",
  "test.txt": "name pytest in the dependency group `test` of pyproject.toml and run `pnpm lock`",
};

const inModuleTests: Readonly<Record<string, string>> = {
  "test/conformance.test.ts": "call describeModule() of @parfocal/testing in it",
};

/** Files that every published package has, and those that every module has. */
export function checkPackageFiles(repository: Repository): Problem[] {
  return publishedPackages(repository).flatMap((item) => {
    const required = { ...everywhere, ...(item.group === "modules" && { ...inModules, ...lockFiles(item), ...inModuleTests }) };
    const missing = Object.entries(required).filter(([path]) => !existsSync(join(item.folder, path)));
    const problems = missing.map(([path, todo]) => ({ place: item.place, what: `has no ${path}`, todo }));
    return [...problems, ...(item.group === "modules" ? checkModuleTests(item) : [])];
  });
}

/** What the folder of each profile's locks must hold; a module without locks lacks those of the profile "default". */
function lockFiles({ folder }: WorkspacePackage): Record<string, string> {
  const root = join(folder, "python", "locks");
  const found = existsSync(root) ? readdirSync(root) : [];
  return Object.fromEntries(
    (found.length > 0 ? found : ["default"]).flatMap((profile) =>
      Object.entries(inProfiles).map(([name, todo]) => [`python/locks/${profile}/${name}`, todo]),
    ),
  );
}

function checkModuleTests(item: WorkspacePackage): Problem[] {
  if (filesOf(item, "python/tests/test_*.py").length > 0) return [];
  return [{ place: item.place, what: "has no python/tests/test_*.py", todo: "test the worker on real and on damaged images" }];
}
