import type { Image, NdArray } from "../contract/array.ts";
import type { RunOptions, RunProgress, RunResult } from "../contract/run.ts";
import { toCamelCase } from "../module/names.ts";
import { toWire } from "../module/params.ts";
import { provenanceOf, restoreOutputs, type SentImage } from "./calls.ts";
import { cancelledError, closedError, timeoutError } from "./errors.ts";
import type { CallHost } from "./host.ts";
import { type SentSlot, sendSlot } from "./image-slot.ts";
import { createRecorder, type Recorder } from "./keep-files.ts";
import type { Lane } from "./lane.ts";
import { endWithLease, type Lease } from "./lease.ts";
import { type CallMessage, ProtocolFault, type ResultMessage, type SlotRef } from "./messages.ts";
import type { RawEntry } from "./raw-store.ts";
import { watchCall } from "./watch-call.ts";

/** What a kept raw output needs besides its arrays. */
export interface RawContext {
  readonly sent: SentImage;
  /** All parameters of the run, camelCase. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** One call, checked and ready to be sent. */
export type CallPlan = {
  readonly sent: SentImage;
  /** Parameters that the call carries, camelCase. */
  readonly callParams: Readonly<Record<string, unknown>>;
  /** Those and the ones of stage "load": what provenance says. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly options: RunOptions;
  /** When the caller asked. */
  readonly createdAt: number;
} & ({ readonly operation: "run"; readonly image: Image } | { readonly operation: "refine"; readonly raw: RawEntry<RawContext> });

/** Sends one call, when its turn has come, and turns the answer into a result. */
export async function performCall<O>(host: CallHost, plan: CallPlan): Promise<RunResult<O>> {
  const begunAt = performance.now();
  const waitsForStart = host.supervisor.state !== "ready";
  const { session, ready } =
    host.supervisor.ready ?? (await abortable(host.supervisor.acquire(), plan.options.signal, () => cancelledError(host.module)));
  const acquiredAt = performance.now();
  const id = host.nextId();
  const lane = host.laneOf(session);
  const folder = plan.options.keepFilesIn ?? host.keepFilesIn;
  const recorder = folder === undefined ? null : createRecorder(folder);
  const warnings: string[] = [];
  const slot = plan.operation === "run" ? sendSlot(plan.image, lane) : null;
  try {
    const message = await writeMessage(host, lane, plan, id, slot, warnings);
    recorder?.message(message);
    if (plan.operation === "run") recorder?.arrays({ image: plan.image });
    const sentAt = performance.now();
    const reply = await exchange(host, lane, plan, message, recorder);
    const repliedAt = performance.now();
    const { arrays, leases } = await takeOutputs(lane, reply, plan.options);
    const raw = plan.operation === "refine" ? plan.raw : keepRaw(host, lane, plan, reply, warnings);
    const doneAt = performance.now();
    host.supervisor.succeeded();
    recorder?.arrays(arrays);
    const faults = [session.process.log?.takeFault(), recorder && (await recorder.save(session.process.pid, id))];
    const device = { used: reply.device, requested: host.requestedDevice, reason: host.environment.choice.reason };
    const worker = { numpy: ready.numpy, ...reply.info };
    const outputs = restoreOutputs(arrays, host.handle.manifest, plan.sent);
    const release = plan.options.lease ? endWithLease(outputs, leases) : null;
    return {
      ...outputs,
      warnings: [...warnings, ...reply.warnings, ...faults.filter((fault) => typeof fault === "string")],
      timing: {
        queueMs: begunAt - plan.createdAt,
        loadMs: waitsForStart ? acquiredAt - begunAt : 0,
        transferMs: sentAt - acquiredAt + Math.max(0, repliedAt - sentAt - reply.computeMs) + (doneAt - repliedAt),
        computeMs: Math.min(reply.computeMs, repliedAt - sentAt),
        totalMs: doneAt - plan.createdAt,
      },
      device,
      provenance: provenanceOf(host.handle, host.environment, { ...plan, device, worker, weights: host.weights }),
      ...(raw !== null && { raw: raw.handle }),
      ...(release !== null && { release, [Symbol.dispose]: release }),
    } as RunResult<O>;
  } catch (thrown) {
    const error = thrown instanceof ProtocolFault ? await host.failSession(session, thrown) : thrown;
    recorder?.message({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
    await recorder?.save(session.process.pid, id);
    throw error;
  } finally {
    slot?.done();
  }
}

async function writeMessage(
  host: CallHost,
  lane: Lane,
  plan: CallPlan,
  id: number,
  slot: SentSlot | null,
  warnings: string[],
): Promise<CallMessage> {
  const { axes, spatialShape, pixelSize } = plan.sent;
  const base = { id, axes, spatialShape, pixelSize, params: toWire(plan.callParams) };
  if (plan.operation === "refine") return { type: "refine", ...base, raw: plan.raw.arrays, free: lane.takeFree() };
  const { ref, warning } = slot === null ? await host.inputSlot.write(plan.image) : { ...slot, warning: null };
  if (warning !== null) warnings.push(warning);
  return { type: "run", ...base, image: ref, keepRaw: plan.options.keepRaw ?? false, free: lane.takeFree() };
}

/** Sends the message and waits for its outcome, which is exactly one: a result, an error, or the end that the caller asked for. */
async function exchange(
  host: CallHost,
  lane: Lane,
  plan: CallPlan,
  message: CallMessage,
  recorder: Recorder | null,
): Promise<ResultMessage> {
  const { session } = lane;
  const { signal, timeoutMs } = plan.options;
  const watch = watchCall({
    session,
    id: message.id,
    signal,
    timeoutMs,
    graceMs: host.cancelGraceMs,
    onForce: () => host.supervisor.expectEnd(session, watch.cause ?? "cancelled"),
  });
  const onProgress = (progress: RunProgress) => {
    host.emit({ type: "run-progress", module: host.module, ...progress });
    plan.options.onProgress?.(progress);
  };
  session.process.hold(true);
  let reply: ResultMessage | null = null;
  let failure: unknown = null;
  try {
    reply = await session.call(message, onProgress);
    recorder?.message(reply);
    for (const ref of refsOf(reply)) lane.reader.accept(ref);
    for (const [name, { optional }] of Object.entries(host.handle.manifest.outputs)) {
      if (!optional && !(name in reply.outputs)) throw new ProtocolFault(`a result has no ${name}`);
    }
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

/** Copies the outputs out of their slots, which are free from then on, or lends them. */
async function takeOutputs(
  lane: Lane,
  reply: ResultMessage,
  { lease: lend = false, into = {} }: RunOptions,
): Promise<{ arrays: Record<string, NdArray>; leases: Lease[] }> {
  const arrays: Record<string, NdArray> = {};
  const leases: Lease[] = [];
  for (const [name, ref] of Object.entries(reply.outputs)) {
    const giveBack = () => lane.release([ref.path]);
    if (lend) {
      const lease = await lane.reader.lease(ref, giveBack);
      leases.push(lease);
      arrays[name] = lease.array;
    } else {
      arrays[name] = await lane.reader.read(ref, into[toCamelCase(name)]);
      giveBack();
    }
  }
  return { arrays, leases };
}

function keepRaw(
  host: CallHost,
  lane: Lane,
  plan: CallPlan,
  reply: ResultMessage,
  warnings: string[],
): RawEntry<RawContext> | null {
  if (reply.raw === null) return null;
  const entry = plan.options.keepRaw ? host.rawStore.put(reply.raw, { sent: plan.sent, params: plan.params }) : null;
  if (entry === null) {
    lane.release(Object.values(reply.raw).map(({ path }) => path));
    if (plan.options.keepRaw) warnings.push("the raw output was not kept: it is larger than rawLimitBytes");
  }
  return entry;
}

function refsOf(reply: ResultMessage): SlotRef[] {
  return [...Object.values(reply.outputs), ...Object.values(reply.raw ?? {})];
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
