/**
 * `pnpm lock [--check] [--upgrade] [FOLDER...]`: what `parfocal lock` does, for every module below modules/ or for the folders given.
 * With --check only says what is wrong, and needs no network.
 */
import { existsSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { checkLocks, lockableFolder, lockModule } from "create-parfocal-module";

const root = fileURLToPath(new URL("../../../", import.meta.url));

function moduleFolders(given: readonly string[]): string[] {
  if (given.length > 0) return given.map((folder) => lockableFolder(resolve(folder)));
  return readdirSync(join(root, "modules"))
    .map((name) => join(root, "modules", name))
    .filter((folder) => existsSync(join(folder, "python", "pyproject.toml")));
}

const { values, positionals } = parseArgs({
  options: { check: { type: "boolean", default: false }, upgrade: { type: "boolean", default: false } },
  allowPositionals: true,
});
const folders = moduleFolders(positionals);
const say = (message: string): void => console.log(message.replaceAll(root, ""));

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
  for (const folder of folders) {
    for (const { path, packages, platforms, leftOut } of await lockModule(folder, { upgrade: values.upgrade, onWarning: say })) {
      say(`${path}: ${packages} packages for ${platforms.join(", ")}`);
      for (const { platform, reason } of leftOut) say(`  not for ${platform}: ${reason}`);
    }
  }
}
