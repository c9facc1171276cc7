import type { Image } from "../contract/array.ts";
import type { RunOptions, RunResult } from "../contract/run.ts";
import { toWire } from "../module/params.ts";
import { exchange, openCall, partsOf } from "./exchange.ts";
import { type SentSlot, sendSlot } from "./image-slot.ts";
import { type BatchMessage, ProtocolFault } from "./messages.ts";
import { type ArrayHost, type CallPlan, takeOutputs } from "./perform-call.ts";
import { type CallTimes, deadlineOf, imageFields, resultOf } from "./result-of.ts";

type RunPlan = Extract<CallPlan, { operation: "run" }>;

/**
 * Sends several images as one call, when its turn has come. The options are those of the call, not of the plans.
 *
 * @returns null when the model takes one image at a time.
 */
export async function performBatch<O>(
  host: ArrayHost,
  plans: readonly [RunPlan, ...RunPlan[]],
  options: RunOptions,
): Promise<RunResult<O>[] | null> {
  const { engine } = host;
  const times: CallTimes = { begunAt: performance.now() };
  const call = await openCall(engine, options.signal);
  if (!call.ready.batch) return null;
  times.acquiredAt = performance.now();
  const { lane, id } = call;
  const slots = plans.map(({ image }) => sendSlot(image, lane));
  const warnings: string[][] = plans.map(() => []);
  try {
    const images: BatchMessage["images"][number][] = [];
    for (const [index, { image, sent }] of plans.entries()) {
      const { ref, warning } = await refOf(host, image, slots[index]!, index);
      if (warning !== null) warnings[index]!.push(warning);
      images.push({ ...imageFields(sent), image: ref });
    }
    const params = toWire(plans[0].callParams);
    times.sentAt = performance.now();
    const message: BatchMessage = { type: "batch", id, params, images, free: lane.takeFree(), ...deadlineOf(lane, options) };
    const reply = await exchange(engine, lane, message, options);
    times.repliedAt = performance.now();
    const taken = [];
    for (const part of partsOf(reply)) taken.push({ ...part, arrays: (await takeOutputs(lane, part.outputs, {})).arrays });
    times.doneAt = performance.now();
    engine.supervisor.succeeded();
    const shared = plans.length;
    return taken.map((part, index) => {
      const said = [...warnings[index]!, ...part.warnings];
      return resultOf<O>(host, call, plans[index]!, { ...part, warnings: said, reply, times, shared });
    });
  } catch (thrown) {
    throw thrown instanceof ProtocolFault ? await engine.failSession(lane.session, thrown) : thrown;
  } finally {
    for (const slot of slots) slot?.done();
  }
}

/** An image lies in a slot already, or is written into one. */
async function refOf(host: ArrayHost, image: Image, slot: SentSlot | null, index: number) {
  return slot === null ? host.inputSlot(index).write(image) : { ref: slot.ref, warning: null };
}
