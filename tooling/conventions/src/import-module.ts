import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Module } from "@parfocal/core";

/**
 * A module from its TypeScript source, so that tools depend on no build.
 * @throws Error when its entry point exports no module.
 */
export async function importModule(folder: string): Promise<Module> {
  const entry = join(resolve(folder), "src", "index.ts");
  const exports: Record<string, unknown> = await import(pathToFileURL(entry).href);
  const module = Object.values(exports).find((value): value is Module => {
    return typeof value === "object" && value !== null && "manifest" in value && "handle" in value;
  });
  if (module === undefined) throw new Error(`${entry} exports no module; make one with defineModule`);
  return module;
}
