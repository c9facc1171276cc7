import { spawn } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type DaemonState, findDaemon, ParfocalError, readSettings, type Settings } from "@parfocal/core";
import { toldErrorOf } from "../errors.ts";
import { packageFolder } from "../package-folder.ts";

export interface StartDaemonOptions {
  readonly settings?: Partial<Settings>;
  /** Folders in which, and above which, modules are looked for by name. Default: the working folder. */
  readonly moduleStarts?: readonly string[];
  /** How long it may take to listen, milliseconds. Default 20,000. */
  readonly timeoutMs?: number;
}

/**
 * The command of a daemon's process.
 *
 * @param moduleStarts folders in which, and above which, it looks for modules by name
 * @returns absolute path of this Node and its arguments
 */
export function daemonCommand(moduleStarts: readonly string[]): string[] {
  const script = join(packageFolder, "bin", "parfocal-daemon.js");
  return [process.execPath, script, ...moduleStarts.flatMap((folder) => ["--from", folder])];
}

/**
 * Starts the daemon of this user, unless it runs. It goes on when this process ends.
 *
 * @throws ParfocalError DAEMON_START_FAILED, USAGE.
 */
export async function startDaemon(
  options: StartDaemonOptions = {},
): Promise<{ readonly daemon: DaemonState; readonly started: boolean }> {
  const settings = readSettings(options.settings);
  const running = findDaemon(settings);
  if (running !== null) return { daemon: running, started: false };
  const told = await launch(settings, options);
  const daemon = findDaemon(settings);
  if (daemon !== null) return { daemon, started: told === null }; // another one may have been faster
  throw told ?? startFailed("it ended at once", settings);
}

/** @returns null when it listens, else why it does not. */
function launch(
  settings: Settings,
  { moduleStarts = [process.cwd()], timeoutMs = 20_000 }: StartDaemonOptions,
): Promise<ParfocalError | null> {
  const [file, ...args] = daemonCommand(moduleStarts);
  const child = spawn(file!, args, {
    cwd: homedir(), // so that no folder is kept from being removed or unmounted
    detached: true,
    env: { ...process.env, PARFOCAL_HOME: settings.home },
    stdio: ["ignore", "pipe", "ignore"],
    windowsHide: true,
  });
  return new Promise((resolve) => {
    const settle = (failure: ParfocalError | null) => {
      clearTimeout(timer);
      child.stdout.destroy();
      child.unref();
      resolve(failure);
    };
    const timer = setTimeout(() => {
      child.kill();
      settle(startFailed(`it did not listen within ${timeoutMs} ms`, settings));
    }, timeoutMs);
    child.once("error", (error) => settle(startFailed(error.message, settings)));
    child.once("exit", (code, signal) => settle(startFailed(`it ended with ${signal ?? `code ${code}`}`, settings)));
    createInterface({ input: child.stdout }).once("line", (line) => {
      const message = JSON.parse(line) as { readonly error?: unknown };
      settle(message.error === undefined ? null : toldErrorOf(message.error));
    });
  });
}

const startFailed = (why: string, { home }: Settings): ParfocalError =>
  new ParfocalError("DAEMON_START_FAILED", `the daemon could not be started: ${why}`, {
    hint: `see ${join(home, "daemon", "daemon.log")}, or run without it`,
  });
