import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Module } from "../contract/module.ts";
import type { Prepare } from "../contract/prepare.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";

/**
 * The `prepare` of the module that the package in a folder exports.
 *
 * @throws ParfocalError MODULE_INVALID when the entry point cannot be imported or has none.
 */
export async function importPrepare(folder: string): Promise<Prepare> {
  const exports = await importEntry(folder);
  for (const value of Object.values(exports)) {
    if (isModule(value) && value.handle.prepare !== undefined) return value.handle.prepare;
  }
  throw new ParfocalError(
    "MODULE_INVALID",
    `${folder}: module.json says that the module prepares, but its entry point has no prepare`,
    {
      hint: "install the module again; if it is your own, build it and export the module with its prepare",
    },
  );
}

async function importEntry(folder: string): Promise<Record<string, unknown>> {
  try {
    const path = entryPath(folder);
    // a process that lives for days meets modules that were installed anew
    return await import(`${pathToFileURL(path).href}?changed=${statSync(path).mtimeMs}`);
  } catch (cause) {
    throw new ParfocalError("MODULE_INVALID", `${folder}: its entry point cannot be imported: ${(cause as Error).message}`, {
      hint: "install the module again; if it is your own, build it, and give its package.json an entry in exports",
      cause,
    });
  }
}

/** What `import` of the package would load. A package resolves its own name where it has `exports`, else its folder counts. */
function entryPath(folder: string): string {
  const path = join(folder, "package.json");
  const { name, exports } = JSON.parse(readFileSync(path, "utf8")) as { readonly name?: string; readonly exports?: unknown };
  return createRequire(path).resolve(exports !== undefined && name !== undefined ? name : folder);
}

function isModule(value: unknown): value is Module {
  return typeof value === "object" && value !== null && "handle" in value && "start" in value;
}
