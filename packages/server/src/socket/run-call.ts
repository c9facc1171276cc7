import { isParfocalError, ParfocalError, toParfocalError } from "@parfocal/core";
import {
  type ClientMessage,
  inputsOf,
  isInArena,
  isSlotOfUser,
  type PooledReply,
  type RelayCall,
  type RelayOptions,
  refsOf,
  type SlotRef,
  tellError,
} from "@parfocal/core/serve";
import type { Daemon } from "../daemon.ts";
import { stoppingError } from "../errors.ts";
import { type Connection, giveBack } from "./connection.ts";

type CallMessage = Extract<ClientMessage, { id: number; params: object }>;

/** Runs one call of a client and answers it, with exactly one message. */
export async function runCall(daemon: Daemon, connection: Connection, message: CallMessage): Promise<void> {
  const { id, free, timeoutMs, ...call } = message;
  const { calls, lent, send } = connection;
  const controller = new AbortController();
  calls.set(id, controller);
  giveBack(free, lent);
  try {
    const reply = await perform(daemon, connection, call, {
      signal: controller.signal,
      cancelGraceMs: connection.request.start.cancelGraceMs,
      onProgress: (progress) => send({ type: "progress", id, ...progress }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const { result, origin, queueMs, loadMs } = reply;
    connection.sendOrigin(origin);
    if (connection.gone.aborted) giveBack([...lent.keys()], lent);
    send({ ...result, id, queueMs, loadMs });
  } catch (error) {
    send({ type: "failed", id, error: tellError(toParfocalError(error)) });
  } finally {
    calls.delete(id);
  }
}

async function perform(
  daemon: Daemon,
  { client, request, lent }: Connection,
  call: RelayCall,
  options: RelayOptions & { readonly signal: AbortSignal },
): Promise<PooledReply> {
  const begunAt = performance.now();
  if (call.type !== "refine") for (const ref of inputsOf(call)) checkSlot(daemon, ref);
  for (;;) {
    if (daemon.isStopping) throw stoppingError();
    const entry = await daemon.pools.find(request, { signal: options.signal });
    if (call.type === "refine") checkRaw(entry.module, inputsOf(call), lent, await entry.pool);
    const waitedMs = performance.now() - begunAt;
    try {
      return await entry.use(async (pool) => {
        const reply = await pool.call(client, call, options);
        for (const { path } of refsOf(reply.result)) lent.set(path, pool);
        return { ...reply, loadMs: reply.loadMs + waitedMs };
      });
    } catch (error) {
      // it was retired between being found and being asked, so that the call never began
      if (!(entry.isRetired && isParfocalError(error, "WORKER_CLOSED"))) throw error;
    }
  }
}

function checkSlot({ arena }: Daemon, { path }: SlotRef): void {
  if (isInArena(arena, path) || isSlotOfUser(path)) return;
  throw new ParfocalError("INPUT_REJECTED", `${path} is no slot of this user`, {
    hint: "send images through @parfocal/core, which puts them where workers read them",
    details: {},
  });
}

function checkRaw(
  module: string,
  refs: readonly SlotRef[],
  lent: ReadonlyMap<string, unknown>,
  pool: { isLent(path: string): boolean },
): void {
  if (refs.every(({ path }) => lent.has(path) && pool.isLent(path))) return;
  throw new ParfocalError("RAW_EXPIRED", `${module}: the raw output of this run is gone, or the module changed since`, {
    hint: "run again with keepRaw: true",
  });
}
