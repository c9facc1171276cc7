import {
  connectWorker,
  findDaemon,
  isParfocalError,
  type Module,
  readSettings,
  type Settings,
  type StartOptions,
  type Worker,
} from "@parfocal/core";
import { moduleStarts } from "../modules/module-starts.ts";

/** Where a worker's process comes from: see {@link Settings.daemon}. */
export type DaemonUse = Settings["daemon"];

/** True when a daemon could not do what a process of our own still can. */
export function isDaemonGone(error: unknown): boolean {
  return (["DAEMON_UNREACHABLE", "DAEMON_INCOMPATIBLE", "DAEMON_START_FAILED"] as const).some((code) =>
    isParfocalError(error, code),
  );
}

/** A worker of the daemon, or of this process where there is no daemon to be had; why is said as a log event. */
export async function startWorker(
  module: Module,
  { daemon, cwd }: { readonly daemon: DaemonUse; readonly cwd: string },
  options: StartOptions,
): Promise<Worker> {
  if (daemon === "never") return module.start(options);
  const settings = readSettings(options.settings);
  try {
    if (findDaemon(settings) === null) {
      if (daemon === "use") return await module.start(options);
      const { startDaemon } = await import("@parfocal/server");
      await startDaemon({ settings, moduleStarts: moduleStarts(cwd) });
    }
    return await connectWorker(module, options);
  } catch (error) {
    if (!isDaemonGone(error)) throw error;
    const message = `${(error as Error).message}; running without the daemon`;
    options.onEvent?.({ type: "log", module: module.name, pid: 0, level: "warning", message });
    return module.start(options);
  }
}
