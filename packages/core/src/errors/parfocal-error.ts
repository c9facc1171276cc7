import { type ErrorCode, type ErrorCodeInfo, errorCodes } from "./codes.ts";
import type { DetailsOf, ErrorDetails } from "./details.ts";

const marker = Symbol.for("parfocal.error");

interface ErrorOptionsBase {
  /** The one thing to do next, as a sentence or a command. */
  readonly hint: string;
  readonly cause?: unknown;
}

/** Arguments of a {@link ParfocalError}: `details` is required exactly for the codes that have some. */
export type ParfocalErrorOptions<C extends ErrorCode> = ErrorOptionsBase &
  (C extends keyof ErrorDetails ? { readonly details: ErrorDetails[C] } : { readonly details?: undefined });

/** The only error class of Parfocal. `message` says what failed and with what, `hint` what to do next. */
export class ParfocalError<C extends ErrorCode = ErrorCode> extends Error {
  readonly code: C;
  readonly hint: string;
  readonly details: DetailsOf<C>;

  constructor(code: C, message: string, options: ParfocalErrorOptions<C>) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "ParfocalError";
    this.code = code;
    this.hint = options.hint;
    this.details = options.details as DetailsOf<C>;
    Object.defineProperty(this, marker, { value: true });
  }
}

/**
 * True for errors of Parfocal, also those thrown by another copy of core.
 * With a code, narrows `details` to that code's fields.
 */
export function isParfocalError<C extends ErrorCode = ErrorCode>(error: unknown, code?: C): error is ParfocalError<C> {
  if (typeof error !== "object" || error === null || !(marker in error)) return false;
  return code === undefined || (error as unknown as ParfocalError).code === code;
}

/** The error itself when it is one of ours, else an `INTERNAL` error that keeps it as cause. */
export function toParfocalError(error: unknown): ParfocalError {
  if (isParfocalError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new ParfocalError("INTERNAL", `unexpected failure: ${text}`, {
    hint: "please report this with the output of `parfocal doctor`",
    cause: error,
  });
}

/** Exit code of the command line for an error. */
export function exitCodeOf(error: unknown): number {
  // another copy of core may know codes that this one does not
  return (errorCodes as Partial<Record<string, ErrorCodeInfo>>)[toParfocalError(error).code]?.exitCode ?? 1;
}
