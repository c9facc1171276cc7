import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DaemonState, Settings } from "@parfocal/core";
import { daemonFolder, daemonStatePath } from "@parfocal/core/serve";

export function daemonLogPath(settings: Pick<Settings, "home">): string {
  return join(daemonFolder(settings), "daemon.log");
}

/** Tells clients of this home where the daemon is. It holds the token, so only the user may read it. */
export function writeState(settings: Pick<Settings, "home">, state: DaemonState): void {
  const path = daemonStatePath(settings);
  const partial = `${path}.${process.pid}.partial`;
  mkdirSync(daemonFolder(settings), { recursive: true, mode: 0o700 });
  writeFileSync(partial, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, path);
}

export function removeState(settings: Pick<Settings, "home">): void {
  rmSync(daemonStatePath(settings), { force: true });
}
