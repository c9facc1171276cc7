import { ParfocalError } from "@parfocal/core";

/** A bundle that must not be installed. */
export function invalidBundle(place: string, problem: string, cause?: unknown): ParfocalError<"BUNDLE_INVALID"> {
  return new ParfocalError("BUNDLE_INVALID", `${place} is not a whole bundle: ${problem}`, {
    hint: "copy the bundle again, or make it anew with `parfocal bundle create`; nothing was changed on this PC",
    ...(cause !== undefined && { cause }),
  });
}

/** A file of a bundle that could not be fetched. */
export function unreachable(what: string, problem: string, cause?: unknown): ParfocalError<"ENV_NETWORK"> {
  return new ParfocalError("ENV_NETWORK", `${what} could not be fetched: ${problem}`, {
    hint: "check the network and run the same command again; what was fetched is kept",
    details: { step: "bundle", outputTail: [], logPath: null },
    ...(cause !== undefined && { cause }),
  });
}

/** @throws ParfocalError CANCELLED when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new ParfocalError("CANCELLED", "the bundle was cancelled", {
    hint: "run the same command again; it goes on where it was",
    cause: signal.reason,
  });
}
