import { closeSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { createTail } from "./tail.ts";

/** Everything that one worker process prints: in a file of bounded size, and the last lines in memory. */
export interface WorkerLog {
  /** Null when no file could be made. */
  readonly path: string | null;
  /** Why the file is missing or ends early, once; null when all is well. */
  takeFault(): string | null;
  write(chunk: Buffer | string): void;
  /** The last lines that were written. */
  tail(): string[];
  close(): void;
}

export interface WorkerLogOptions {
  /** When the file reaches this size it becomes `<name>.1.log` and a new one begins: at most twice as much is on disk. */
  readonly maxBytes?: number;
}

/** Opens a log. A log that cannot be written never fails a call: it is told by `takeFault`. */
export function openWorkerLog(path: string, options: WorkerLogOptions = {}): WorkerLog {
  const maxBytes = options.maxBytes ?? 4 * 1024 * 1024;
  const tail = createTail();
  let file: number | null = null;
  let size = 0;
  let fault: string | null = null;
  let opened = false;

  function fail(error: unknown): void {
    fault = `the log ${path} could not be written: ${(error as Error).message}`;
    release();
  }
  function release(): void {
    if (file === null) return;
    const descriptor = file;
    file = null;
    closeSync(descriptor);
  }
  function append(chunk: Buffer): void {
    if (file === null) return;
    try {
      if (size + chunk.length > maxBytes && size > 0) {
        release();
        renameSync(path, rotatedPath(path));
        file = openSync(path, "w");
        size = 0;
      }
      let written = 0;
      while (written < chunk.length && file !== null) written += writeSync(file, chunk, written);
      size += written;
    } catch (error) {
      fail(error);
    }
  }

  try {
    mkdirSync(dirname(path), { recursive: true });
    file = openSync(path, "w");
    opened = true;
  } catch (error) {
    fail(error);
  }
  return {
    path: opened ? path : null,
    takeFault() {
      const told = fault;
      fault = null;
      return told;
    },
    write(chunk) {
      const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
      tail.push(bytes);
      append(bytes);
    },
    tail: () => tail.lines(),
    close: release,
  };
}

/** Where the older half of a log is. */
export function rotatedPath(path: string): string {
  return path.replace(/\.log$/, ".1.log");
}
