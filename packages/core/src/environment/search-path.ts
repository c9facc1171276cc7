import { statSync } from "node:fs";
import { delimiter, isAbsolute, join, relative } from "node:path";
import { executableName } from "./platform.ts";

/** True when `path` is `folder` or lies below it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}

/** Folders of PATH, without those of an active virtual environment or conda: they belong to the host program. */
export function pathFolders(environment: NodeJS.ProcessEnv): string[] {
  const hosts = [environment.VIRTUAL_ENV, environment.CONDA_PREFIX].filter((folder) => folder !== undefined && folder !== "");
  const value = environment.PATH ?? environment.Path ?? "";
  const folders = value.split(delimiter).filter((folder) => folder !== "" && isAbsolute(folder));
  return folders.filter((folder) => !hosts.some((host) => isInside(folder, host as string)));
}

/** Files of this name in the folders, in their order. */
export function findExecutables(name: string, folders: readonly string[]): string[] {
  const file = executableName(name);
  return folders.map((folder) => join(folder, file)).filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}
