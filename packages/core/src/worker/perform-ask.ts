import type { Image, NdArray } from "../contract/array.ts";
import type { MeasureOptions } from "../contract/measure.ts";
import type { SlotHost } from "./array-host.ts";
import { exchange, type OpenCall, openCall } from "./exchange.ts";
import { sendSlot } from "./image-slot.ts";
import { ProtocolFault, type ResultMessage, type SlotRef } from "./messages.ts";
import { takeOutputs } from "./perform-call.ts";
import type { RelayCall } from "./relay.ts";
import { type CallTimes, deadlineOf } from "./result-of.ts";

/** One call of a kind without raw output, leases and batches. */
export interface Question<T> {
  /** Arrays that the call carries; what lies in a slot already is sent from there. */
  readonly inputs: readonly Image[];
  message(refs: readonly SlotRef[]): RelayCall;
  /** @throws ProtocolFault when the answer is not what was asked for. */
  answer(answer: Answer): T;
  readonly options: MeasureOptions;
}

export interface Answer {
  readonly call: OpenCall;
  readonly reply: ResultMessage;
  readonly arrays: Readonly<Record<string, NdArray>>;
  readonly warnings: readonly string[];
  readonly times: CallTimes;
}

/** Sends one call when its turn comes. */
export function ask<T>(host: SlotHost, question: Question<T>): Promise<T> {
  return host.engine.enqueue(() => perform(host, question), question.options.signal);
}

async function perform<T>(host: SlotHost, { inputs, message, answer, options }: Question<T>): Promise<T> {
  const { engine } = host;
  const times: CallTimes = { begunAt: performance.now() };
  const call = await openCall(engine, options.signal);
  times.acquiredAt = performance.now();
  const { id, lane } = call;
  const slots = inputs.map((image) => sendSlot(image, lane));
  try {
    const warnings: string[] = [];
    const refs: SlotRef[] = [];
    for (const [index, image] of inputs.entries()) {
      const { ref, warning } = slots[index] ? { ...slots[index], warning: null } : await host.inputSlot(index).write(image);
      if (warning !== null) warnings.push(warning);
      refs.push(ref);
    }
    times.sentAt = performance.now();
    const whole = { ...message(refs), id, free: lane.takeFree(), ...deadlineOf(lane, options) };
    const reply = (await exchange(engine, lane, whole, options)) as ResultMessage;
    times.repliedAt = performance.now();
    const { arrays } = await takeOutputs(lane, reply.outputs, {});
    times.doneAt = performance.now();
    engine.supervisor.succeeded();
    return answer({ call, reply, arrays, warnings: [...warnings, ...reply.warnings], times });
  } catch (thrown) {
    throw thrown instanceof ProtocolFault ? await engine.failSession(lane.session, thrown) : thrown;
  } finally {
    for (const slot of slots) slot?.done();
  }
}
