import type { LiveWorker } from "../contract/worker.ts";
import type { WorkerParts } from "./array-host.ts";
import type { Engine } from "./engine.ts";

/** What a worker of any kind has, with the operations of its kind. */
export function withLife<T extends object>(engine: Engine, { originOf }: WorkerParts, operations: T): T & LiveWorker {
  const life: LiveWorker = {
    get state() {
      return engine.state;
    },
    get pid() {
      return engine.session?.process.pid || null;
    },
    get environment() {
      return originOf(engine.session).environment;
    },
    get logPath() {
      return engine.session?.process.logPath ?? null;
    },
    close: engine.close,
    [Symbol.asyncDispose]: engine.close,
  };
  return Object.defineProperties(life, Object.getOwnPropertyDescriptors(operations)) as T & LiveWorker;
}
