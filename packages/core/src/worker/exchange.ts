import type { RunProgress } from "../contract/run.ts";
import { cancelledError, closedError, timeoutError } from "./errors.ts";
import type { CallHost } from "./host.ts";
import type { Lane } from "./lane.ts";
import {
  type CallMessage,
  ProtocolFault,
  type ReadyMessage,
  type ReplyMessage,
  type ResultMessage,
  type SlotRef,
} from "./messages.ts";
import { watchCall } from "./watch-call.ts";

/** What an answer says of one image. */
export type ResultPart = Pick<ResultMessage, "outputs" | "info" | "warnings">;

/** A call whose turn has come. */
export interface OpenCall {
  readonly id: number;
  readonly lane: Lane;
  readonly ready: ReadyMessage;
  /** How long it waited for a process to start, milliseconds; 0 when one was ready. */
  readonly loadMs: number;
}

/** Waits for a process that is ready. */
export async function openCall(host: CallHost, signal: AbortSignal | undefined): Promise<OpenCall> {
  const { supervisor } = host;
  const now = supervisor.ready;
  const begunAt = performance.now();
  const { session, ready } = now ?? (await abortable(supervisor.acquire(), signal, () => cancelledError(host.module)));
  const loadMs = now === null ? performance.now() - begunAt : 0;
  return { id: host.nextId(), lane: host.laneOf(session), ready, loadMs };
}

export interface ExchangeOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
  /** How long a cancelled call may take to stop by itself, milliseconds. Default: the engine's. */
  readonly cancelGraceMs?: number | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
  /** Sees the answer before it is checked. */
  readonly onReply?: ((reply: ReplyMessage) => void) | undefined;
}

/** Sends the message and waits for its outcome, which is exactly one: a result, an error, or the end that the caller asked for. */
export async function exchange(
  host: CallHost,
  lane: Lane,
  message: CallMessage,
  options: ExchangeOptions,
): Promise<ReplyMessage> {
  const { session } = lane;
  const { signal, timeoutMs } = options;
  const watch = watchCall({
    session,
    id: message.id,
    signal,
    timeoutMs: session.keepsTime ? undefined : timeoutMs,
    graceMs: options.cancelGraceMs ?? host.cancelGraceMs,
    onForce: () => host.supervisor.expectEnd(session, watch.cause ?? "cancelled"),
  });
  const onProgress = (progress: RunProgress) => {
    host.emit({ type: "run-progress", module: host.module, ...progress });
    options.onProgress?.(progress);
  };
  session.process.hold(true);
  let reply: ReplyMessage | null = null;
  let failure: unknown = null;
  try {
    reply = await session.call(message, onProgress);
    options.onReply?.(reply);
    for (const ref of refsOf(reply)) lane.reader.accept(ref);
    checkReply(host, message, reply);
  } catch (error) {
    failure = error instanceof ProtocolFault ? await host.failSession(session, error) : error;
  } finally {
    watch.done();
    session.process.hold(false);
  }
  if (reply !== null && (watch.cause !== null || failure !== null)) lane.release(refsOf(reply).map(({ path }) => path));
  if (host.isClosing()) throw closedError(host.module);
  if (watch.cause === "cancelled") throw cancelledError(host.module);
  if (watch.cause === "timeout") {
    const end = session.process.exited ? await session.process.ended : null;
    const timing = { timeoutMs: timeoutMs ?? 0, missedHeartbeats: watch.silentSeconds };
    throw timeoutError(session.subject(), "call", timing, end);
  }
  if (reply === null || failure !== null) throw failure;
  return reply;
}

/** The parts of an answer: one for each image. */
export function partsOf(reply: ReplyMessage): readonly ResultPart[] {
  return reply.type === "result" ? [reply] : reply.results;
}

/** Every slot that an answer names. */
export function refsOf(reply: ReplyMessage): SlotRef[] {
  const raw = reply.type === "result" ? Object.values(reply.raw ?? {}) : [];
  return [...partsOf(reply).flatMap(({ outputs }) => Object.values(outputs)), ...raw];
}

/** Outputs of the kinds whose modules do not declare them. */
const outputsByType = { measure: ["table"], open: [], read: ["pixels"], forget: [] } as const;

function checkReply({ outputs }: CallHost, message: CallMessage, reply: ReplyMessage): void {
  const parts = partsOf(reply);
  const asked = message.type === "batch" ? message.images.length : 1;
  if ((message.type === "batch") !== (reply.type === "results") || parts.length !== asked) {
    throw new ProtocolFault(`a ${message.type} of ${asked} images was answered with ${parts.length} in a ${reply.type}`);
  }
  for (const name of requiredOutputs(outputs, message)) {
    if (parts.some((part) => !(name in part.outputs))) throw new ProtocolFault(`a result has no ${name}`);
  }
}

function requiredOutputs(declared: CallHost["outputs"], { type }: CallMessage): readonly string[] {
  if (type in outputsByType) return outputsByType[type as keyof typeof outputsByType];
  return Object.keys(declared).filter((name) => !declared[name]?.optional);
}

function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, error: () => Error): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(error());
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
