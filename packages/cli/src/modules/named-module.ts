import { resolve } from "node:path";
import { findModule, type Module } from "@parfocal/core";
import { moduleStarts } from "./module-starts.ts";

/**
 * The module of a name, or in a folder, as a command line gives it.
 *
 * @throws ParfocalError MODULE_NOT_FOUND, MODULE_AMBIGUOUS, MODULE_INVALID
 */
export function namedModule(name: string, cwd: string): Promise<Module> {
  const isFolder = /[\\/]/.test(name) || name.startsWith(".");
  return findModule(isFolder ? resolve(cwd, name) : name, ...moduleStarts(cwd));
}
