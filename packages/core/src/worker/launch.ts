import { join } from "node:path";
import type { Environment } from "../contract/environment.ts";
import type { StartOptions } from "../contract/worker.ts";
import { readSettings } from "../environment/settings.ts";
import { newLogPath, pruneLogs } from "../log/log-files.ts";
import { openWorkerLog, type WorkerLog } from "../log/worker-log.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { toWire } from "../module/params.ts";
import type { ReadyFile } from "../weights/ensure-weights.ts";
import { serveCommand, workerEnvironment } from "./command.ts";
import type { LoadPlan } from "./load-plan.ts";
import { type HelloMessage, protocolVersion } from "./messages.ts";
import { startProcess } from "./process.ts";
import { type Session, startSession } from "./session.ts";

/** What a worker is started from. */
export interface WorkerSetup {
  readonly environment: Environment;
  readonly handle: ModuleHandle;
  readonly options: StartOptions;
  /** Held for the worker's life: a process that takes the place of a dead one gets the same. */
  readonly plan: LoadPlan;
  readonly weights: readonly ReadyFile[];
}

/** Starts a process and says hello. */
export function launchSession(setup: WorkerSetup, arena: HelloMessage["arena"]): Session {
  const { environment, handle, options, plan, weights } = setup;
  const { manifest } = handle;
  const module = manifest.name;
  const settings = readSettings(options.settings);
  const threads = settings.threads ?? null;
  let pid = 0;
  function openLog(newPid: number): WorkerLog {
    pid = newPid;
    const log = openWorkerLog(newLogPath(settings.home, module, pid));
    log.write(`parfocal: worker of ${module} ${manifest.version}, process ${pid}, ${new Date().toISOString()}\n`);
    pruneLogs(settings.home, module);
    options.onEvent?.({ type: "worker-start", module, pid, logPath: log.path });
    return log;
  }
  return startSession({
    module,
    start: (onMessage) =>
      startProcess({ command: serveCommand(environment, handle), environment: workerEnvironment(threads), openLog, onMessage }),
    hello: {
      type: "hello",
      protocol: protocolVersion,
      module: { name: module, version: manifest.version, kind: manifest.kind },
      packageDir: handle.folder,
      cacheDir: join(settings.home, "cache", module),
      params: toWire(plan.workerParams),
      weights: Object.fromEntries(weights.map(({ name, path }) => [name, path])),
      device: environment.choice.device,
      threads,
      outputs: toWire(manifest.outputs),
      arena,
    },
    onLog: (level, message) => options.onEvent?.({ type: "log", module, pid, level, message }),
  });
}
