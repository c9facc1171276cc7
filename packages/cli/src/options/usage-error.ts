import { ParfocalError } from "@parfocal/core";

/** A wrong command line: exit code 2. */
export function usageError(message: string, hint: string): ParfocalError<"USAGE"> {
  return new ParfocalError("USAGE", message, { hint });
}
