import { z } from "zod";
import type { ParfocalError } from "../errors/parfocal-error.ts";
import { readToldError, tellError, toldErrorSchema } from "../errors/told-error.ts";
import type { BuildProgress } from "./build-environment.ts";

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
  failure: toldErrorSchema.optional(),
});

/** What a builder tells those who wait when its build failed, so that they do not all try the same in turn. */
export function tellFailure(error: ParfocalError): unknown {
  return { failure: tellError(error) };
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
    ...(failure && { failure: readToldError(failure) }),
  };
}
