import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Module } from "../contract/module.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { suggestNames } from "./names.ts";
import { readModule } from "./read-module.ts";

/**
 * Finds every installed module: packages with a `parfocal` field and a `module.json`, in the `node_modules` folders from each start upwards.
 * Of two modules with one name, the one from the earlier start wins; within one start they are both returned.
 */
export async function discoverModules(...starts: readonly string[]): Promise<Module[]> {
  const found = new Map<string, Module>();
  const taken = new Set<string>();
  for (const start of starts) {
    const folders = moduleFolders(start);
    const modules = await readModules(folders.filter((folder) => !found.has(folder)));
    for (const module of modules) if (!taken.has(module.name)) found.set(module.handle.folder, module);
    for (const module of modules) taken.add(module.name);
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** Those of the modules that can be read; a damaged one must not be in the way of the others. */
async function readModules(folders: readonly string[]): Promise<Module[]> {
  const results = await Promise.allSettled(folders.map(readModule));
  return results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
}

/**
 * The module of this name, or the one in this folder when a path is given (a path has a slash or starts with a dot).
 *
 * @throws ParfocalError MODULE_NOT_FOUND, MODULE_AMBIGUOUS, MODULE_INVALID.
 */
export async function findModule(nameOrFolder: string, ...starts: readonly string[]): Promise<Module> {
  if (/[\\/]/.test(nameOrFolder) || nameOrFolder.startsWith(".")) return readModule(nameOrFolder);
  const match = await findNamed(nameOrFolder, starts);
  if (match !== null) return match;
  const damaged = starts.flatMap(moduleFolders).find((folder) => basename(folder) === nameOrFolder);
  if (damaged !== undefined) return readModule(damaged); // which says what is wrong with it
  const modules = await discoverModules(...starts);
  const names = modules.map(({ name }) => name);
  const suggestions = suggestNames(nameOrFolder, names);
  const installed = names.length === 0 ? "no module is installed" : `installed are ${names.join(", ")}`;
  const [nearest] = suggestions;
  throw new ParfocalError("MODULE_NOT_FOUND", `no module is called ${nameOrFolder}; ${installed}`, {
    hint:
      nearest === undefined
        ? `install it with \`npm install @parfocal/${nameOrFolder}\`, or give its folder`
        : `did you mean ${nearest}?`,
    details: { name: nameOrFolder, suggestions },
  });
}

/** Reads only the manifests that say the name: with many modules, checking all would take longer than all else before Python starts. */
async function findNamed(name: string, starts: readonly string[]): Promise<Module | null> {
  for (const start of starts) {
    const matches = await readModules(moduleFolders(start).filter((folder) => nameOf(folder) === name));
    const [match, other] = matches;
    if (other !== undefined) {
      const folders = matches.map(({ handle }) => handle.folder);
      throw new ParfocalError("MODULE_AMBIGUOUS", `two modules are called ${name}: ${folders.join(" and ")}`, {
        hint: "give the folder of the one you mean in place of the name, or remove the other",
        details: { name, folders },
      });
    }
    if (match !== undefined) return match;
  }
  return null;
}

function nameOf(folder: string): unknown {
  try {
    return (JSON.parse(readFileSync(join(folder, "module.json"), "utf8")) as { readonly name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}

// Plain calls, not promises: these are many tiny reads before anything else can happen, and each promise costs more than its read.
function moduleFolders(start: string): string[] {
  const folders = new Set<string>();
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    for (const candidate of packageFolders(join(folder, "node_modules"))) {
      if (declaresModule(candidate)) folders.add(realpathSync(candidate));
    }
    if (dirname(folder) === folder) return [...folders];
  }
}

function packageFolders(nodeModules: string): string[] {
  const names = listFolder(nodeModules).flatMap((name) =>
    name.startsWith("@") ? listFolder(join(nodeModules, name)).map((inScope) => join(name, inScope)) : [name],
  );
  return names.filter((name) => !name.startsWith(".")).map((name) => join(nodeModules, name));
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** module.json is looked for first, so that a large node_modules costs one question for each package and no parsing. */
function declaresModule(folder: string): boolean {
  if (!statSync(join(folder, "module.json"), { throwIfNoEntry: false })?.isFile()) return false;
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "parfocal" in manifest;
  } catch {
    return false;
  }
}
