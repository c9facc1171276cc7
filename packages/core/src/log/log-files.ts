import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { homeFolders } from "../environment/folders.ts";
import { rotatedPath } from "./worker-log.ts";

/** A worker's log on disk. */
export interface LogFile {
  readonly path: string;
  readonly pid: number;
  readonly startedAt: Date;
  readonly modifiedAt: Date;
  readonly bytes: number;
}

const keptLogs = 20;
const namePattern = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(\d+)\.log$/;

/** Folder of a module's logs. */
export function logFolder(home: string, module: string): string {
  return join(homeFolders({ home }).logs, module);
}

/** Path of the log of a worker process that starts now. */
export function newLogPath(home: string, module: string, pid: number, now = new Date()): string {
  return join(logFolder(home, module), `${now.toISOString().replaceAll(/[-:.]/g, "")}-${pid}.log`);
}

/** The logs of a module's workers, newest first. */
export function listLogs(home: string, module: string): LogFile[] {
  const folder = logFolder(home, module);
  return namesIn(folder)
    .sort()
    .reverse()
    .flatMap((name) => {
      const [, year, month, day, hour, minute, second, milli, pid] = namePattern.exec(name)!;
      const path = join(folder, name);
      try {
        const { mtime, size } = statSync(path);
        const startedAt = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`);
        return [{ path, pid: Number(pid), startedAt, modifiedAt: mtime, bytes: size }];
      } catch {
        return []; // removed between the two calls
      }
    });
}

/** Deletes all but the newest logs of a module. */
export function pruneLogs(home: string, module: string, keep = keptLogs): void {
  const folder = logFolder(home, module);
  for (const name of namesIn(folder).sort().reverse().slice(keep)) {
    const path = join(folder, name);
    rmSync(path, { force: true });
    rmSync(rotatedPath(path), { force: true });
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => namePattern.test(name));
  } catch {
    return [];
  }
}
