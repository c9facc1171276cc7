import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";

/** Sends a signal to a worker's whole process group; on Windows ends the whole tree whatever the signal. */
export function killTree(pid: number, signal: "SIGTERM" | "SIGKILL"): void {
  if (process.platform === "win32") {
    spawn(taskkillPath(), taskkillArguments(pid), { stdio: "ignore", windowsHide: true }).on("error", () => {
      killOne(pid);
    });
    return;
  }
  killGroup(pid, signal);
}

/** Ends a whole tree before returning; for exit hooks, where nothing asynchronous runs any more. */
export function killTreeNow(pid: number): void {
  if (process.platform === "win32") {
    const { error } = spawnSync(taskkillPath(), taskkillArguments(pid), { stdio: "ignore", windowsHide: true });
    if (error) killOne(pid);
    return;
  }
  killGroup(pid, "SIGKILL");
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // ESRCH: nobody is left; EPERM: macOS says so of a group of zombies.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}

function killOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone.
  }
}

/** Full path, so that a program of this name elsewhere on PATH is never run. */
export function taskkillPath(environment: NodeJS.ProcessEnv = process.env): string {
  return join(environment.SystemRoot ?? "C:\\Windows", "System32", "taskkill.exe");
}

export function taskkillArguments(pid: number): string[] {
  return ["/PID", String(pid), "/T", "/F"];
}
