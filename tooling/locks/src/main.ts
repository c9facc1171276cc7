/**
 * `pnpm lock [--check] [--upgrade] [FOLDER...]`: writes the locks of every module below modules/, or of the folders given. With --check only
 * says what is wrong, and needs no network.
 */
import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkLocks } from "./check-locks.ts";
import { createCompiler } from "./compile.ts";
import { createWheelScale } from "./wheel-bytes.ts";
import { writeLocks } from "./write-locks.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

function moduleFolders(given: readonly string[]): string[] {
  if (given.length > 0) return given.map((folder) => resolve(folder));
  return readdirSync(join(root, "modules"))
    .map((name) => join(root, "modules", name))
    .filter(hasPyproject);
}

function hasPyproject(folder: string): boolean {
  return existsSync(join(folder, "python", "pyproject.toml"));
}

const { values, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false }, upgrade: { type: "boolean", default: false } },
  allowPositionals: true,
});
const folders = moduleFolders(positionals);
const say = (message: string): void => console.log(message.replaceAll(root, ""));

for (const folder of folders) if (!hasPyproject(folder)) throw new Error(`${folder} has no python/pyproject.toml`);
if (values.check) {
  const problems = folders.flatMap(checkLocks);
  for (const problem of problems) say(problem);
  say(
    problems.length > 0
      ? "locks: run `pnpm lock`"
      : `locks: ${folders.map((folder) => relative(root, folder)).join(", ")} in step`,
  );
  process.exitCode = problems.length > 0 ? 1 : 0;
} else {
  const compiler = await createCompiler();
  try {
    for (const folder of folders) await writeLocks(folder, { compiler, scale: createWheelScale(), upgrade: values.upgrade, say });
  } finally {
    compiler.dispose();
  }
}
