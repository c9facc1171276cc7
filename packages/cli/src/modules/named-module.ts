import { existsSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { findModule, isParfocalError, type Module, ParfocalError } from "@parfocal/core";
import { moduleStarts } from "./module-starts.ts";

/**
 * The module of a name, or in a folder, as a command line gives it.
 *
 * @throws ParfocalError MODULE_NOT_FOUND, MODULE_AMBIGUOUS, MODULE_INVALID
 */
export async function namedModule(name: string, cwd: string): Promise<Module> {
  const isFolder = /[\\/]/.test(name) || name.startsWith(".");
  try {
    return await findModule(isFolder ? resolve(cwd, name) : name, ...moduleStarts(cwd));
  } catch (error) {
    if (!isParfocalError(error, "MODULE_NOT_FOUND") || !existsSync(join(cwd, name, "module.json"))) throw error;
    const { message, details } = error;
    throw new ParfocalError("MODULE_NOT_FOUND", message, { hint: `write .${sep}${name} for the folder of this name`, details });
  }
}

/** The module of this name, or where it is not installed, the one in the folder where it lay. */
export async function moduleAgain(name: string, folder: string, cwd: string): Promise<Module> {
  try {
    return await namedModule(name, cwd);
  } catch (error) {
    if (!isParfocalError(error, "MODULE_NOT_FOUND")) throw error;
    return namedModule(folder, cwd);
  }
}
