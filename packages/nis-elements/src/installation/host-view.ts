import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { type InstalledProgram, parseInstalledPrograms } from "./installed-programs.ts";

/** All that is asked of a PC to find NIS-Elements on it; tests answer in its place. */
export interface HostView {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Names in a folder; none where it is not there or cannot be entered. */
  list(folder: string): readonly string[];
  /** Text of a file, null where it is not there or cannot be read. */
  read(path: string): string | null;
  /** What Windows lists as installed. */
  installedPrograms(): Promise<readonly InstalledProgram[]>;
}

const uninstallKey = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";

/** The PC that this process runs on. */
export function thisHost(): HostView {
  const { platform, env } = process;
  return {
    platform,
    environment: env,
    list: (folder) => orElse(() => readdirSync(folder), []),
    read: (path) => orElse(() => readFileSync(path, "utf8"), null),
    async installedPrograms() {
      if (platform !== "win32") return [];
      const reg = `${env.SystemRoot ?? "C:\\Windows"}\\System32\\reg.exe`;
      const { stdout } = await promisify(execFile)(reg, ["query", uninstallKey, "/s", "/reg:64"], {
        maxBuffer: 64 * 2 ** 20,
        timeout: 30_000,
        windowsHide: true,
      });
      return parseInstalledPrograms(stdout);
    },
  };
}

/** What is not there is no failure here: that is the answer. */
function orElse<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
