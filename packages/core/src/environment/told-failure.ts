import { z } from "zod";
import { type ErrorCode, errorCodes } from "../errors/codes.ts";
import { ParfocalError, type ParfocalErrorOptions } from "../errors/parfocal-error.ts";
import type { BuildProgress } from "./build-environment.ts";

const code = z.custom<ErrorCode>((value) => typeof value === "string" && value in errorCodes);

const schema = z.object({
  progress: z
    .object({
      message: z.string(),
      package: z.string().optional(),
      bytes: z.number().optional(),
      totalBytes: z.number().optional(),
      etaMs: z.number().optional(),
    })
    .optional(),
  failure: z.object({ code, message: z.string(), hint: z.string(), details: z.unknown() }).optional(),
});

/** What a builder tells those who wait when its build failed, so that they do not all try the same in turn. */
export function tellFailure(error: ParfocalError): unknown {
  return { failure: { code: error.code, message: error.message, hint: error.hint, details: error.details } };
}

/** Reads what a builder told. */
export function readTold(
  message: unknown,
): { readonly progress?: Omit<BuildProgress, "phase">; readonly failure?: ParfocalError } | null {
  const told = schema.safeParse(message);
  if (!told.success) return null;
  const { progress, failure } = told.data;
  return {
    ...(progress && { progress: progress as Omit<BuildProgress, "phase"> }),
    ...(failure && {
      failure: new ParfocalError(failure.code, failure.message, {
        hint: failure.hint,
        details: failure.details,
      } as ParfocalErrorOptions<ErrorCode>),
    }),
  };
}
