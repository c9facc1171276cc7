import { connectWorker, type Module, type Params, type StartOptions, type Worker } from "@parfocal/core";

/** How long a connection of ours waits for the next job, milliseconds. */
const idleMs = 60_000;
const mostIdle = 16;

/** Connections to the daemon's own socket that jobs take turns with, since opening one and mapping its slots takes longer than a small image. */
export interface WarmClients {
  /** @throws ParfocalError as `connectWorker` */
  take(module: Module, load: Params, options: StartOptions): Promise<Worker>;
  /** For the next job that asks for the same. */
  giveBack(module: Module, load: Params, options: StartOptions, worker: Worker): void;
  close(): Promise<void>;
}

interface Idle {
  readonly key: string;
  readonly worker: Worker;
  readonly timer: NodeJS.Timeout;
}

export function createWarmClients(): WarmClients {
  const idle = new Set<Idle>();
  let isClosed = false;

  function remove(entry: Idle): Worker {
    idle.delete(entry);
    clearTimeout(entry.timer);
    return entry.worker;
  }
  return {
    async take(module, load, options) {
      const key = keyOf(module, load, options);
      const found = [...idle].find((entry) => entry.key === key);
      return found === undefined ? connectWorker(module, { ...options, params: load }) : remove(found);
    },
    giveBack(module, load, options, worker) {
      if (isClosed || idle.size >= mostIdle) {
        void worker.close();
        return;
      }
      const timer = setTimeout(() => void remove(entry).close(), idleMs).unref();
      const entry = { key: keyOf(module, load, options), worker, timer };
      idle.add(entry);
    },
    async close() {
      isClosed = true;
      await Promise.all([...idle].map((entry) => remove(entry).close()));
    },
  };
}

function keyOf({ handle, version }: Module, load: Params, { device, build, cancelGraceMs }: StartOptions): string {
  return JSON.stringify([handle.folder, version, load, device, build, cancelGraceMs]);
}
