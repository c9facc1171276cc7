import { z } from "zod";
import type { ErrorCode } from "./codes.ts";
import { ParfocalError, type ParfocalErrorOptions } from "./parfocal-error.ts";

/** An error as processes tell it to each other. The code may be one that only the other side knows. */
export const toldErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  details: z.unknown().optional(),
});
export type ToldError = z.infer<typeof toldErrorSchema>;

/** An error as plain JSON; its cause stays here. */
export function tellError({ code, message, hint, details }: ParfocalError): ToldError {
  return { code, message, hint, details };
}

/** The error that another process told of. */
export function readToldError({ code, message, hint, details }: ToldError): ParfocalError {
  return new ParfocalError(code as ErrorCode, message, { hint, details } as ParfocalErrorOptions<ErrorCode>);
}
