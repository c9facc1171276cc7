import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { importModule } from "@parfocal/conventions";
import { type Environment, ensureEnvironment } from "@parfocal/core";

const runtime = fileURLToPath(new URL("../../../packages/core/python/runtime", import.meta.url));
/** What the Python tests of all modules share. */
const support = fileURLToPath(new URL("../python/support", import.meta.url));

/** Python of one package of this repository, and the module in whose environment it is checked and tested. */
export interface PythonPackage {
  readonly folder: string;
  readonly moduleFolder: string;
  /** Folders with Python that exist, relative to the package's folder. */
  readonly roots: readonly string[];
  /** What Python must find besides the environment. */
  readonly searchPath: readonly string[];
}

/** @param moduleFolder folder of the module whose environment is used; the package itself when it is a module. */
export function readPythonPackage(folder: string, moduleFolder: string): PythonPackage {
  const own = join(folder, "python");
  const roots = ["python", "training", "parity", "emulator"].filter((root) => existsSync(join(folder, root)));
  const emulator = roots.includes("emulator") ? [join(folder, "emulator")] : [];
  return { folder, moduleFolder, roots, searchPath: [...new Set([own, ...emulator, runtime, support])] };
}

/** Paths of the Python files, relative to the package's folder, with forward slashes. */
export function pythonFiles({ folder, roots }: PythonPackage): string[] {
  return roots
    .flatMap((root) => globSync(`${root}/**/*.py`, { cwd: folder }))
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

/** Names of the Python packages that lie in the folder itself. */
export function ownPackages(python: PythonPackage): string[] {
  const markers = pythonFiles(python).filter((path) => path.endsWith("/__init__.py"));
  return [...new Set(markers.map((path) => path.split("/").at(-2)!))].sort();
}

/** The module's environment for the CPU, with what its tests need on top; built if need be, which is told on standard error. */
export async function testEnvironment({ moduleFolder }: PythonPackage): Promise<Environment> {
  const { handle } = await importModule(moduleFolder);
  let said = "";
  return ensureEnvironment(handle, {
    device: "cpu",
    extraLocks: ["test"],
    onEvent: (event) => {
      if (event.type !== "env-build-progress" || event.phase === said) return;
      said = event.phase;
      process.stderr.write(`environment of ${handle.manifest.name}: ${event.phase} ${event.message ?? ""}\n`);
    },
  });
}
