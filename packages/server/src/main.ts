import { closeSync, writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { readSettings, toParfocalError } from "@parfocal/core";
import { openWorkerLog, tellError, type WorkerLog } from "@parfocal/core/serve";
import { createDaemon, type RunningDaemon } from "./daemon.ts";
import { daemonLogPath } from "./life/state.ts";

/**
 * Entry point of the daemon's process. Says on standard output, in one line of JSON, that it listens or why it does not, then closes it.
 * `--from FOLDER`, as often as needed, says where modules are looked for.
 */
export async function main(): Promise<void> {
  const { values } = parseArgs({ options: { from: { type: "string", multiple: true, default: [process.cwd()] } } });
  process.title = "parfocal daemon";
  let log: WorkerLog | null = null; // not opened before the lock is held: the file is that of the daemon that runs
  try {
    const settings = readSettings();
    const say = (line: string): void => {
      log ??= openWorkerLog(daemonLogPath(settings));
      log.write(`${new Date().toISOString()} ${line}\n`);
    };
    const daemon = await createDaemon({ settings, moduleStarts: values.from, say });
    stopOnSignals(daemon);
    process.on("uncaughtExceptionMonitor", (error) => say(`ended by a mistake of its own: ${error.stack ?? error}`));
    tell({ ready: true });
    await daemon.ended;
    process.exit(0);
  } catch (error) {
    tell({ error: tellError(toParfocalError(error)) });
    process.exit(1);
  }
}

function tell(message: object): void {
  writeSync(1, `${JSON.stringify(message)}\n`);
  closeSync(1);
}

function stopOnSignals(daemon: RunningDaemon): void {
  let asked = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      void daemon.stop(asked);
      asked = true;
    });
  }
}
