import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * The types of what `worker.py` imports from `parfocal_worker`, as stubs that editors find in a folder `typings` by themselves: core's own
 * files, as far as the public names need them.
 *
 * @returns texts by path relative to the module's folder.
 */
export function workerTypings(): Record<string, string> {
  const core = dirname(createRequire(import.meta.url).resolve("@parfocal/core/package.json"));
  const folder = join(core, "python", "runtime", "parfocal_worker");
  const files: Record<string, string> = {};
  const add = (name: string): void => {
    const path = `typings/parfocal_worker/${name}.pyi`;
    if (path in files) return;
    const text = readFileSync(join(folder, `${name}.py`), "utf8");
    files[path] = text;
    for (const [, next] of text.matchAll(/^\s*from parfocal_worker\.(_\w+) import/gm)) add(next!);
  };
  add("__init__");
  return files;
}
