import type { NdArray } from "../contract/array.ts";
import type { RunOptions, RunResult } from "../contract/run.ts";
import { provenanceOf, restoreOutputs, type SentImage } from "./calls.ts";
import type { OpenCall } from "./exchange.ts";
import type { Lane } from "./lane.ts";
import type { ImageFields, ReplyMessage } from "./messages.ts";
import type { ArrayHost, CallPlan } from "./perform-call.ts";

/** When the steps of a call were over, milliseconds of one clock. */
export interface CallTimes {
  begunAt: number;
  acquiredAt?: number;
  sentAt?: number;
  repliedAt?: number;
  doneAt?: number;
}

/** What became of one image. */
export interface Outcome {
  readonly arrays: Readonly<Record<string, NdArray>>;
  readonly info: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  readonly reply: ReplyMessage;
  readonly times: CallTimes;
  /** Images that shared the call; each is said to have taken its part. Default 1. */
  readonly shared?: number;
}

/** An answer as the caller gets it. */
export function resultOf<O>(host: ArrayHost, { lane, ready, loadMs }: OpenCall, plan: CallPlan, outcome: Outcome): RunResult<O> {
  const { reply, warnings, info } = outcome;
  const origin = host.originOf(lane.session);
  const device = { used: reply.device, requested: host.requestedDevice, reason: origin.environment.choice.reason };
  const worker = { numpy: ready.numpy, ...info };
  return {
    ...restoreOutputs(outcome.arrays, host.handle.manifest, plan.sent),
    warnings,
    timing: timingOf(plan, outcome, loadMs),
    device,
    provenance: provenanceOf(host.handle.manifest.name, origin, { ...plan, device, worker }),
  } as unknown as RunResult<O>;
}

/** @param startMs how long the call waited for a process to start */
export function timingOf(
  { createdAt }: Pick<CallPlan, "createdAt">,
  { reply, times, shared = 1 }: Pick<Outcome, "reply" | "times" | "shared">,
  startMs: number,
): RunResult["timing"] {
  const { begunAt, acquiredAt = 0, sentAt = 0, repliedAt = 0, doneAt = 0 } = times;
  const { queueMs = 0, loadMs = 0, computeMs } = reply;
  const answeredMs = Math.max(0, repliedAt - sentAt - queueMs - loadMs);
  const transferMs = sentAt - acquiredAt + Math.max(0, answeredMs - computeMs) + (doneAt - repliedAt);
  return {
    queueMs: begunAt - createdAt + queueMs,
    loadMs: startMs + loadMs,
    transferMs: transferMs / shared,
    computeMs: Math.min(computeMs, answeredMs) / shared,
    totalMs: doneAt - createdAt,
  };
}

/** The arrays of a result by name. */
export function outputsOf(host: ArrayHost, result: object): Record<string, object> {
  const names = Object.keys(host.handle.manifest.outputs);
  return Object.fromEntries(Object.entries(result).filter(([name]) => names.includes(name)));
}

export function imageFields({ axes, spatialShape, pixelSize }: SentImage): ImageFields {
  return { axes, spatialShape, pixelSize };
}

/** The deadline, for a process that watches it itself. */
export function deadlineOf({ session }: Lane, { timeoutMs }: RunOptions): { readonly timeoutMs?: number } {
  return session.keepsTime && timeoutMs !== undefined ? { timeoutMs } : {};
}
