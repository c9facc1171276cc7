import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { PoolState } from "../contract/pool.ts";
import type { StartOptions } from "../contract/worker.ts";
import type { DaemonOrigin } from "../daemon/protocol.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { refsOf } from "../worker/exchange.ts";
import type { ReadyMessage, ReplyMessage, SlotRef } from "../worker/messages.ts";
import { type Relay, type RelayCall, type RelayOptions, startRelay } from "../worker/relay.ts";
import { createCrew } from "./crew.ts";
import type { Suspect } from "./quarantine.ts";

export interface RelayPoolOptions extends StartOptions {
  readonly workers?: number;
  readonly devices?: readonly string[];
  readonly queueLimit?: number;
}

export interface PooledReply {
  readonly result: ReplyMessage;
  /** Where it was made. */
  readonly origin: DaemonOrigin;
  /** How long the call waited for its turn, and for a process, milliseconds. */
  readonly queueMs: number;
  readonly loadMs: number;
}

/** Warm workers of one module for calls of other processes. */
export interface RelayPool {
  /** Of the worker that was ready first. */
  readonly origin: DaemonOrigin;
  readonly ready: ReadyMessage;
  /**
   * Sends a call to the first worker that is free. The slots of its result are lent until they are given to `discard`.
   * @throws ParfocalError BUSY, INPUT_QUARANTINED, and what a worker's `run` throws.
   */
  call(client: string, call: RelayCall, options: RelayOptions): Promise<PooledReply>;
  isLent(path: string): boolean;
  /** Slots that their client has finished with; also after the pool is closed. Those that were not lent are ignored. */
  discard(paths: readonly string[]): void;
  state(): PoolState;
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** @throws ParfocalError as `createPool`. */
export async function createRelayPool(handle: ModuleHandle, options: RelayPoolOptions): Promise<RelayPool> {
  const { workers, devices, queueLimit, ...startOptions } = options;
  const lent = new Map<string, Relay>();
  let first: Relay | null = null;
  const crew = await createCrew<Relay>({
    module: handle.manifest.name,
    workers,
    devices: devices ?? (options.device === undefined ? [] : [options.device]),
    queueLimit,
    async start(device, stop) {
      const signal = startOptions.signal === undefined ? stop : AbortSignal.any([startOptions.signal, stop]);
      const relay = await startRelay(handle, { ...startOptions, signal, ...(device !== undefined && { device }) });
      first ??= relay;
      return relay;
    },
  });
  const describe = ({ origin, pid, logPath }: Relay): DaemonOrigin => ({
    ...origin,
    weights: [...origin.weights],
    pid: pid ?? 0,
    logPath,
  });
  return {
    get origin() {
      return describe(first!);
    },
    get ready() {
      return first!.ready;
    },
    call: (client, call, callOptions) =>
      crew.call({ client, signal: callOptions.signal, suspect: suspectOf(call) }, async (relay, _member, queueMs) => {
        const { result, loadMs } = await relay.call(call, callOptions);
        for (const { path } of refsOf(result)) lent.set(path, relay);
        return { result, loadMs, queueMs, origin: describe(relay) };
      }),
    isLent: (path) => lent.has(path),
    discard(paths) {
      for (const path of paths) {
        lent.get(path)?.discard([path]);
        lent.delete(path);
      }
    },
    state: crew.state,
    drain: crew.drain,
    close: crew.close,
  };
}

function suspectOf(call: RelayCall): Suspect {
  const refs = inputsOf(call);
  return {
    dtype: refs[0]?.dtype ?? "",
    shape: refs[0]?.shape ?? [],
    axes: "axes" in call ? call.axes : "",
    params: call.params,
    async hash() {
      if (call.type === "batch") return null; // after a failure each image is sent by itself
      const hash = createHash("sha256");
      if ("path" in call) hash.update(JSON.stringify([call.path, "selection" in call && call.selection]));
      try {
        for (const { path } of refs) for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
      } catch {
        return null; // its client is gone
      }
      return hash.digest("hex");
    },
  };
}

/** Slots that a call reads. */
export function inputsOf(call: RelayCall): readonly SlotRef[] {
  switch (call.type) {
    case "run":
      return [call.image];
    case "refine":
      return Object.values(call.raw);
    case "batch":
      return call.images.map(({ image }) => image);
    case "measure":
      return call.image === null ? [call.labels] : [call.labels, call.image];
    case "open":
    case "read":
    case "forget":
      return [];
  }
}
