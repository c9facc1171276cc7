import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../contract/environment.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { recallAnswer } from "./found-tools.ts";
import { runTool } from "./run-tool.ts";
import { findExecutables, pathFolders } from "./search-path.ts";

/** Where to look for hardware; tests put other folders and variables here. */
export interface MachineView {
  readonly platform: string;
  readonly architecture: string;
  /** Root of the file system, "/" outside tests. */
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
}

export function thisMachine(): MachineView {
  return { platform: process.platform, architecture: process.arch, root: "/", environment: process.env };
}

export interface NvidiaDriver {
  readonly version: string;
  /** Where that was read: a file, or the path of nvidia-smi. */
  readonly from: string;
}

/** Driver version inside the text of `/proc/driver/nvidia/version` or `/sys/module/nvidia/version`. */
export function parseDriverVersion(text: string): string | null {
  return /\b(\d{3,4}\.\d+(?:\.\d+)?)\b/.exec(text)?.[1] ?? null;
}

/** True when a driver version such as "525.60.13" is at least `least`. */
export function isDriverAtLeast(version: string, least: string): boolean {
  const have = version.split(".").map(Number);
  for (const [index, part] of least.split(".").map(Number).entries()) {
    const mine = have[index] ?? 0;
    if (mine !== part) return mine > part;
  }
  return true;
}

/** Finds NVIDIA's driver: by its files on Linux, else by asking nvidia-smi, whose answer is kept until that file changes. */
export async function findNvidiaDriver(settings: Settings, machine: MachineView): Promise<NvidiaDriver | null> {
  if (machine.platform === "darwin") return null;
  if (machine.platform === "linux") {
    for (const file of ["sys/module/nvidia/version", "proc/driver/nvidia/version"]) {
      const path = join(machine.root, file);
      if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
      const version = parseDriverVersion(readFileSync(path, "utf8"));
      if (version) return { version, from: path };
    }
  }
  const folders = [...pathFolders(machine.environment), join(machine.root, "usr", "lib", "wsl", "lib")];
  for (const path of findExecutables("nvidia-smi", folders)) {
    const version = await recallAnswer(settings, path, "driver", async () => {
      const run = await runTool(path, ["--query-gpu=driver_version", "--format=csv,noheader"], {
        environment: cleanEnvironment(machine.environment),
        timeoutMs: 10_000,
      });
      return run.exitCode === 0 ? parseDriverVersion(run.stdout) : null;
    });
    if (version) return { version, from: path };
  }
  return null;
}
