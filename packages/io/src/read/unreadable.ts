import { ParfocalError } from "@parfocal/core";

/** The error for a file that is there but cannot be read as an image. */
export function unreadable(
  path: string,
  what: string,
  hint = "copy or export the image again",
  cause?: unknown,
): ParfocalError<"INPUT_UNREADABLE"> {
  return new ParfocalError("INPUT_UNREADABLE", `${path} cannot be read: ${what}`, { hint, cause });
}
