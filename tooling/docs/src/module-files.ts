import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { importModule } from "@parfocal/conventions";
import type { Module } from "@parfocal/core";
// Only tools of this repository write manifests; for everybody else the build does.
import { formatManifest } from "../../../packages/core/src/module/build-module.ts";
import { type GeneratedFile, replaceSection } from "./generated-file.ts";
import { moduleReference } from "./module-reference.ts";
import { parameterTable } from "./parameter-table.ts";

/** Absolute folders of the repository's modules. */
export function moduleFolders(repository: string): string[] {
  const group = join(repository, "modules");
  const folders = readdirSync(group).map((name) => join(group, name));
  return folders.filter((folder) => existsSync(join(folder, "package.json"))).sort();
}

/** What is derived from a module's definition: module.json, the parameter table of its README and its reference page. */
export async function moduleFiles(repository: string, folder: string): Promise<GeneratedFile[]> {
  const module = await importModule(folder);
  return [...filesInside(folder, module), moduleReference(repository, module.manifest)];
}

/** What is derived for the module that new ones are made from; it has no page. */
export async function templateFiles(repository: string): Promise<GeneratedFile[]> {
  const folder = join(repository, "packages", "create-module", "template");
  return filesInside(folder, await importModule(folder));
}

function filesInside(folder: string, module: Module): GeneratedFile[] {
  const readme = join(folder, "README.md");
  let content: string;
  try {
    content = replaceSection(readFileSync(readme, "utf8"), "parameters", parameterTable(module.manifest));
  } catch (cause) {
    throw new Error(`${readme} ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return [
    { path: join(folder, "module.json"), content: formatManifest(module) },
    { path: readme, content },
  ];
}
