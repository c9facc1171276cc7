import { ParfocalError } from "@parfocal/core";

/** A model or a file of it that is not there. */
export function missing(what: string, hint: string): ParfocalError<"WEIGHTS_MISSING"> {
  return new ParfocalError("WEIGHTS_MISSING", `deepimagej: ${what}`, { hint, details: {} });
}

/** A model whose files are damaged or not what its description says. */
export function invalid(what: string, hint: string, cause?: unknown): ParfocalError<"WEIGHTS_INVALID"> {
  return new ParfocalError("WEIGHTS_INVALID", `deepimagej: ${what}`, {
    hint,
    details: {},
    ...(cause !== undefined && { cause }),
  });
}

/** Weights that execute code, of a model that nobody said is trusted. */
export function notTrusted(path: string, format: string, reason: string): ParfocalError<"MODEL_NOT_TRUSTED"> {
  return new ParfocalError(
    "MODEL_NOT_TRUSTED",
    `deepimagej: the weights ${path} (${format}) would execute code on this computer: ${reason}`,
    { hint: "if you trust where the model comes from, set trust (on the command line --trust)" },
  );
}
