import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";

const limitBytes = 4 * 1024 * 1024;

export interface BuildLog {
  /** Null when the log could not be opened. */
  readonly path: string | null;
  write(chunk: Buffer | string): void;
  close(): Promise<void>;
}

/** The log of one build; its first 4 MiB are kept. A log that cannot be written never stops a build. */
export function openBuildLog(folder: string, name: string): BuildLog {
  let path: string | null = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
  } catch {
    return { path: null, write: () => undefined, close: async () => undefined };
  }
  const stream = createWriteStream(path);
  let left = limitBytes;
  stream.on("error", () => {
    path = null;
  });
  return {
    get path() {
      return path;
    },
    write(chunk) {
      if (left <= 0 || path === null) return;
      left -= chunk.length;
      stream.write(chunk);
    },
    close: () => new Promise((resolve) => (path === null ? resolve() : stream.end(() => resolve()))),
  };
}
