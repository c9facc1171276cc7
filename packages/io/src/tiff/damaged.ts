import type { ParfocalError } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { unreadable } from "../read/unreadable.ts";

/** The error for a TIFF whose content contradicts itself. */
export function damaged(file: InputFile, what: string, cause?: unknown): ParfocalError<"INPUT_UNREADABLE"> {
  return unreadable(
    file.path,
    `the TIFF is damaged: ${what}`,
    "copy the file again, or open it in ImageJ and save it anew",
    cause,
  );
}

/** The error for a TIFF of a kind that is not read. */
export function unsupported(file: InputFile, what: string): ParfocalError<"INPUT_UNREADABLE"> {
  return unreadable(file.path, `TIFF with ${what} is not supported`, "open it in ImageJ and save it as TIFF");
}
