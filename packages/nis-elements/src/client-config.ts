import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSettings, type Settings } from "@parfocal/core";

/** How the Python client of a home starts the daemon and finds modules. */
export interface ClientConfig {
  /** The `parfocal` command: absolute paths of Node and of the command's script. `daemon start` is added to it. */
  readonly command: readonly string[];
  /** Folders in which, and above which, modules are looked for by name. */
  readonly from: readonly string[];
}

/**
 * Writes down what nodes need to know of this installation, in `ga3.json` under the home, where `parfocal_ga3` finds it.
 *
 * @returns the file's path.
 * @throws the system's error when the home cannot be written.
 */
export function writeClientConfig(config: ClientConfig, settings: Pick<Settings, "home"> = readSettings()): string {
  const path = join(settings.home, "ga3.json");
  const partial = `${path}.${process.pid}.partial`;
  mkdirSync(settings.home, { recursive: true });
  writeFileSync(partial, `${JSON.stringify({ configVersion: 1, ...config }, null, 2)}\n`);
  renameSync(partial, path);
  return path;
}
