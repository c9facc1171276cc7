import { statSync } from "node:fs";
import { join } from "node:path";

/**
 * The folder with a module's `pyproject.toml`, `worker.py` and `locks/`: `python/`, or the module's own folder when it has no
 * folder of that name.
 */
export function pythonFolder(folder: string): string {
  const inside = join(folder, "python");
  return statSync(inside, { throwIfNoEntry: false })?.isDirectory() === true ? inside : folder;
}
