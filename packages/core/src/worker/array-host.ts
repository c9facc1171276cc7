import type { StartOptions } from "../contract/worker.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import type { Params } from "../module/params.ts";
import type { Connector } from "./connector.ts";
import { createEngine, type Engine } from "./engine.ts";
import { createInputSlot, type InputSlot } from "./input-slot.ts";
import { findMapper } from "./mapping.ts";
import type { Origin } from "./perform-call.ts";
import type { Session } from "./session.ts";
import { acquireArena, newSlotPrefix } from "./shared-arena.ts";

/** What a worker of any kind is made of. */
export interface WorkerParts {
  readonly handle: ModuleHandle;
  readonly options: StartOptions;
  /** Load parameters, camelCase, checked and with defaults. */
  readonly loadParams: Params;
  readonly connector: Connector;
  /** Of a session that is or was ready; with null, of the last one. */
  originOf(session: Session | null): Origin;
}

/** A worker without a process; the first call, or `begin`, starts one. */
export interface NewWorker<W> {
  readonly worker: W;
  /** Starts the process and loads the model. */
  begin(): Promise<void>;
}

/** An engine, and slots for what its calls carry. */
export interface SlotHost {
  readonly engine: Engine;
  readonly connector: Connector;
  readonly handle: ModuleHandle;
  readonly requestedDevice: string;
  /** The slot of the first, second, ... array of a call. */
  inputSlot(index: number): InputSlot;
  originOf(session: Session): Origin;
  begin(): Promise<void>;
}

/** @param onClose runs once when everything is over, before slots are removed */
export function createSlotHost({ handle, options, connector, originOf }: WorkerParts, onClose = () => {}): SlotHost {
  const { arena, release: releaseArena } = acquireArena();
  const prefix = newSlotPrefix();
  const slots: InputSlot[] = [];
  const engine = createEngine({
    manifest: handle.manifest,
    connector,
    startTimeoutMs: options.startTimeoutMs,
    cancelGraceMs: options.cancelGraceMs,
    onEvent: options.onEvent,
    async onClose() {
      onClose();
      await Promise.all(slots.map((slot) => slot.close()));
      arena.removeSlots(prefix, new Set());
      releaseArena();
    },
  });
  return {
    engine,
    connector,
    handle,
    requestedDevice: options.device ?? "auto",
    inputSlot(index) {
      slots[index] ??= createInputSlot(arena, index === 0 ? prefix : `${prefix}-${index}`);
      return slots[index];
    },
    originOf,
    async begin() {
      const ready = engine.begin();
      setImmediate(findMapper); // takes some milliseconds, in which Python starts anyway
      await ready;
    },
  };
}
