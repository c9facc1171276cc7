import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Module } from "../contract/module.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";

/** The text of a module's `module.json`. */
export function formatManifest(module: Module): string {
  return `${JSON.stringify(module.manifest, null, 2)}\n`;
}

/**
 * Writes `module.json` of the package in a folder from what its built entry point exports.
 *
 * @returns the path written.
 * @throws ParfocalError MODULE_INVALID when the entry point exports no module, or more than one.
 */
export async function buildModule(folder: string, entry = "dist/index.js"): Promise<string> {
  const exports: Record<string, unknown> = await import(pathToFileURL(resolve(folder, entry)).href);
  const modules = Object.values(exports).filter(isModule);
  const [module] = modules;
  if (module === undefined || modules.length > 1) {
    throw new ParfocalError("MODULE_INVALID", `${join(folder, entry)} exports ${modules.length} modules`, {
      hint: "export exactly one module, made with defineModule",
    });
  }
  const path = join(folder, "module.json");
  await writeFile(path, formatManifest(module));
  return path;
}

function isModule(value: unknown): value is Module {
  return typeof value === "object" && value !== null && "manifest" in value && "handle" in value && "start" in value;
}
