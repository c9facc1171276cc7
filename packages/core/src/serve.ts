/**
 * What a process needs that serves others: pools of workers that take calls as names of slots, and the protocol of their clients. For
 * `@parfocal/server`; its contract may change with any version of core.
 *
 * @module
 */

export {
  type ClientMessage,
  clientMessageSchemas,
  type DaemonHello,
  type DaemonMessage,
  type DaemonOrigin,
  daemonMessageSchemas,
  daemonProtocolVersion,
  readClientMessage,
} from "./daemon/protocol.ts";
export { daemonFolder, daemonStatePath } from "./daemon/state-file.ts";
export { tryLock } from "./environment/own-lock.ts";
export { isSameProcess, processStart } from "./environment/process-identity.ts";
export { readToldError, tellError, toldErrorSchema } from "./errors/told-error.ts";
export { openWorkerLog, type WorkerLog } from "./log/worker-log.ts";
export { createRelayPool, inputsOf, type PooledReply, type RelayPool, type RelayPoolOptions } from "./pool/relay-pool.ts";
export { type Arena, arenaRoots, isInArena, isSlotOfUser, sweepArenas } from "./worker/arena.ts";
export { refsOf } from "./worker/exchange.ts";
export { createLineReader, writeLine } from "./worker/line-reader.ts";
export { ProtocolFault, type SlotRef } from "./worker/messages.ts";
export type { RelayCall, RelayOptions } from "./worker/relay.ts";
export { acquireArena } from "./worker/shared-arena.ts";
export { type SlotPlace, slotPlaceOf } from "./worker/slot-place.ts";
