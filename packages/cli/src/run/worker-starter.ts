import { splitParams, type Worker } from "@parfocal/core";
import type { BatchOptions } from "./run-batch.ts";
import { startWorker } from "./start-worker.ts";

/** A worker that is started at most once; whoever needs it awaits it. */
export interface WorkerStarter {
  start(): Promise<Worker>;
  /** From here on, a worker of this process: the daemon, whose worker `lost` was, is gone. */
  leaveDaemon(lost: Worker): Promise<void>;
  /** Resolves when Python runs, or never will. */
  readonly spawned: Promise<void>;
  close(): Promise<void>;
}

export function createWorkerStarter(options: BatchOptions): WorkerStarter {
  const { module, params, device, offline, signal, onEvent, keepFilesIn } = options;
  const stop = new AbortController();
  let tellSpawned = (): void => undefined;
  const spawned = new Promise<void>((resolve) => {
    tellSpawned = resolve;
  });
  let starting: Promise<Worker> | null = null;
  let daemon = options.daemon;
  return {
    spawned,
    async leaveDaemon(lost) {
      if (daemon === "never") return; // another image found out first
      daemon = "never";
      starting = null;
      await lost.close();
    },
    start() {
      if (starting === null) {
        starting = startWorker(
          module,
          { daemon, cwd: options.cwd },
          {
            params: splitParams(module.manifest, params).load,
            device,
            signal: AbortSignal.any([signal, stop.signal]),
            onEvent(event) {
              if (event.type === "worker-start") tellSpawned();
              onEvent(event);
            },
            ...(offline && { settings: { offline } }),
            ...(keepFilesIn !== undefined && { keepFilesIn }),
          },
        );
        starting.then(tellSpawned, tellSpawned);
      }
      return starting;
    },
    async close() {
      if (starting === null) return;
      stop.abort();
      const worker = await starting.catch(() => null);
      await worker?.close();
    },
  };
}
