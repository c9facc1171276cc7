import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Settings } from "../contract/environment.ts";
import { isSameProcess } from "../environment/process-identity.ts";

/** What a daemon writes down for its clients; readable by its user only. */
export const daemonStateSchema = z.object({
  stateVersion: z.literal(1),
  pid: z.int(),
  /** When the process started, as the system counts; tells it from another one with the same pid. */
  start: z.string(),
  /** Version of @parfocal/server. */
  version: z.string(),
  protocol: z.number(),
  /** Socket, or on Windows named pipe. */
  socket: z.string(),
  /** `http://127.0.0.1:PORT` */
  http: z.string(),
  token: z.string(),
  startedAt: z.string(),
  logPath: z.string(),
});
export type DaemonState = z.infer<typeof daemonStateSchema>;

/** Folder of what the daemon of this home keeps. */
export function daemonFolder(settings: Pick<Settings, "home">): string {
  return join(settings.home, "daemon");
}

export function daemonStatePath(settings: Pick<Settings, "home">): string {
  return join(daemonFolder(settings), "daemon.json");
}

/** The daemon of this home, null when none runs. Reads one file and asks the system for the process. */
export function findDaemon(settings: Pick<Settings, "home">): DaemonState | null {
  let state: DaemonState;
  try {
    state = daemonStateSchema.parse(JSON.parse(readFileSync(daemonStatePath(settings), "utf8")));
  } catch {
    return null; // none was started, it ended properly, or the file is of another layout
  }
  return isSameProcess(state.pid, state.start) ? state : null;
}
