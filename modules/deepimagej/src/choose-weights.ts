import { invalid, missing, notTrusted } from "./failures.ts";
import { hasLambdaLayer } from "./lambda-layers.ts";
import type { ModelFiles } from "./model-files.ts";
import type { ModelSources, WeightsEntry } from "./read-description.ts";
import { codeReasons, lambdaReason, type WeightsFormat, weightsFormats } from "./weights-formats.ts";

/** Weights that will be run. */
export interface ChosenWeights {
  readonly entry: WeightsEntry;
  /** Absolute path: a file, or the folder of a SavedModel. */
  readonly path: string;
  readonly sha256: string | null;
}

/**
 * The safest weights that can be had: those that would be refused last, those on this machine before those that must be fetched.
 *
 * @param asked a format that the caller insists on, or "auto".
 * @throws ParfocalError WEIGHTS_MISSING when there are none, MODEL_NOT_TRUSTED when all that there are execute code, WEIGHTS_INVALID.
 */
export async function chooseWeights(
  sources: ModelSources,
  files: ModelFiles,
  asked: WeightsFormat | "auto",
  trust: boolean,
  description: string,
): Promise<ChosenWeights> {
  const candidates = order(sources.weights, files, asked, trust);
  if (candidates.length === 0) throw noWeights(sources.weights, asked, description);
  let refusal: Error | undefined;
  for (const entry of candidates) {
    const reason = codeReasons[entry.format];
    if (reason !== undefined && !trust) {
      refusal ??= notTrusted(entry.source, entry.format, reason);
      continue;
    }
    const isFolder = entry.format === "tensorflow_saved_model_bundle";
    const taken = await (isFolder ? files.takeFolder(entry.source, entry.sha256) : files.take(entry.source, entry.sha256));
    if (entry.format === "keras_hdf5" && !trust && (await hasLambdaLayer(taken.path))) {
      refusal ??= notTrusted(taken.path, entry.format, lambdaReason);
      continue;
    }
    return { entry, ...taken };
  }
  throw refusal ?? invalid(`${description} names no weights`, "choose another model");
}

/** Candidates, the most wanted first: what is safe before what is refused, what is here before what must be fetched. */
function order(
  entries: readonly WeightsEntry[],
  files: ModelFiles,
  asked: WeightsFormat | "auto",
  trust: boolean,
): WeightsEntry[] {
  const rank = ({ format, source }: WeightsEntry): number => {
    const isRefused = !trust && codeReasons[format] !== undefined;
    return (isRefused ? 100 : 0) + (files.isHere(source) ? 0 : 10) + weightsFormats.indexOf(format);
  };
  return entries
    .filter(({ format }) => asked === "auto" || format === asked)
    .filter(({ source }) => files.isHere(source) || files.isRemote(source))
    .toSorted((a, b) => rank(a) - rank(b));
}

function noWeights(entries: readonly WeightsEntry[], asked: WeightsFormat | "auto", description: string): Error {
  const named = entries.map(({ format, source }) => `${format} (${source})`).join(", ");
  if (named === "") {
    return missing(
      `${description} names no weights that can be run; these can: ${weightsFormats.join(", ")}`,
      "choose another model",
    );
  }
  return missing(
    asked === "auto"
      ? `none of the weights that ${description} names is there: ${named}`
      : `there are no ${asked} weights for ${description}; it names ${named}`,
    asked === "auto" ? "fetch the whole model, with its weights" : "leave weightsFormat out, or fetch these weights",
  );
}
