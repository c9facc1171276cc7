import type { Image, NdArray } from "../contract/array.ts";
import type { Environment } from "../contract/environment.ts";
import type { Provenance, RunOptions, RunResult } from "../contract/run.ts";
import { toCamelCase } from "../module/names.ts";
import { toWire } from "../module/params.ts";
import type { SlotHost } from "./array-host.ts";
import type { SentImage } from "./calls.ts";
import { exchange, type OpenCall, openCall } from "./exchange.ts";
import { type SentSlot, sendSlot } from "./image-slot.ts";
import { createRecorder } from "./keep-files.ts";
import type { Lane } from "./lane.ts";
import { endWithLease, type Lease } from "./lease.ts";
import { type CallMessage, ProtocolFault, type ReplyMessage, type ResultMessage } from "./messages.ts";
import type { RawEntry, RawStore } from "./raw-store.ts";
import { type CallTimes, deadlineOf, imageFields, outputsOf, resultOf } from "./result-of.ts";

/** What a kept raw output needs besides its arrays. */
export interface RawContext {
  readonly sent: SentImage;
  /** All parameters of the run, camelCase. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** What a result says of where it was made. */
export interface Origin {
  /** Version of the module. */
  readonly version: string;
  readonly environment: Environment;
  readonly weights: Provenance["weights"];
}

/** The parts of a worker that turn images into calls and answers into results. */
export interface ArrayHost extends SlotHost {
  readonly keepFilesIn: string | undefined;
  readonly rawStore: RawStore<RawContext>;
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
export async function performCall<O>(host: ArrayHost, plan: CallPlan): Promise<RunResult<O>> {
  const { engine } = host;
  const times: CallTimes = { begunAt: performance.now() };
  const call = await openCall(engine, plan.options.signal);
  times.acquiredAt = performance.now();
  const { lane } = call;
  const { session } = lane;
  const folder = plan.options.keepFilesIn ?? host.keepFilesIn;
  const recorder = folder === undefined ? null : createRecorder(folder);
  const warnings: string[] = [];
  const slot = plan.operation === "run" ? sendSlot(plan.image, lane) : null;
  try {
    const message = await writeMessage(host, call, plan, slot, warnings);
    recorder?.message(message);
    if (plan.operation === "run") recorder?.arrays({ image: plan.image });
    times.sentAt = performance.now();
    const onReply = recorder === null ? undefined : (answer: ReplyMessage) => recorder.message(answer);
    const reply = (await exchange(engine, lane, message, { ...plan.options, onReply })) as ResultMessage;
    times.repliedAt = performance.now();
    const { arrays, leases } = await takeOutputs(lane, reply.outputs, plan.options);
    const raw = plan.operation === "refine" ? plan.raw : keepRaw(host, lane, plan, reply, warnings);
    times.doneAt = performance.now();
    engine.supervisor.succeeded();
    recorder?.arrays(arrays);
    const faults = [session.process.log?.takeFault(), recorder && (await recorder.save(session.process.pid, call.id))];
    const said = [...warnings, ...reply.warnings, ...faults.filter((fault) => typeof fault === "string")];
    const result = resultOf<O>(host, call, plan, { arrays, info: reply.info, warnings: said, reply, times });
    if (plan.options.lease) {
      const release = endWithLease(outputsOf(host, result), leases);
      Object.assign(result, { release, [Symbol.dispose]: release });
    }
    return raw === null ? result : Object.assign(result, { raw: raw.handle });
  } catch (thrown) {
    const error = thrown instanceof ProtocolFault ? await engine.failSession(session, thrown) : thrown;
    recorder?.message({ type: "failed", reason: error instanceof Error ? error.message : String(error) });
    await recorder?.save(session.process.pid, call.id);
    throw error;
  } finally {
    slot?.done();
  }
}

async function writeMessage(
  host: ArrayHost,
  { id, lane }: OpenCall,
  plan: CallPlan,
  slot: SentSlot | null,
  warnings: string[],
): Promise<CallMessage> {
  const base = { id, ...imageFields(plan.sent), params: toWire(plan.callParams), ...deadlineOf(lane, plan.options) };
  if (plan.operation === "refine") return { type: "refine", ...base, raw: plan.raw.arrays, free: lane.takeFree() };
  const { ref, warning } = slot === null ? await host.inputSlot(0).write(plan.image) : { ...slot, warning: null };
  if (warning !== null) warnings.push(warning);
  return { type: "run", ...base, image: ref, keepRaw: plan.options.keepRaw ?? false, free: lane.takeFree() };
}

/** Copies the outputs out of their slots, which are free from then on, or lends them. */
export async function takeOutputs(
  lane: Lane,
  outputs: ResultMessage["outputs"],
  { lease: lend = false, into = {} }: RunOptions,
): Promise<{ arrays: Record<string, NdArray>; leases: Lease[] }> {
  const arrays: Record<string, NdArray> = {};
  const leases: Lease[] = [];
  for (const [name, ref] of Object.entries(outputs)) {
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
  host: ArrayHost,
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
  if (entry !== null) host.connector.keep(Object.values(reply.raw).map(({ path }) => path));
  return entry;
}
