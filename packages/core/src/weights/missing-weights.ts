import type { Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { weightPlace } from "./place.ts";

/** The error for a weight file that is not here and must not be downloaded. */
export function missingWeights(module: string, file: { readonly name: string; readonly url: string }, settings: Settings) {
  const path = weightPlace(settings, file.url);
  return new ParfocalError(
    "WEIGHTS_MISSING",
    `${module}: the weight file ${file.name} is not on this machine and downloads are off: ${file.url} belongs at ${path}`,
    {
      hint: `unset PARFOCAL_OFFLINE, or download ${file.url} on another machine and put it at ${path}, or into a folder that PARFOCAL_WEIGHTS names`,
      details: { url: file.url, path },
    },
  );
}
