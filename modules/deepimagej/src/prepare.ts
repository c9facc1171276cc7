import { dirname } from "node:path";
import type { Prepared, PrepareTools } from "@parfocal/core";
import { chooseWeights } from "./choose-weights.ts";
import { createModelFiles } from "./model-files.ts";
import { openModel } from "./open-model.ts";
import { readSources } from "./read-description.ts";
import { profileOf, type WeightsFormat } from "./weights-formats.ts";

/** The load parameters that decide on files. */
export interface ModelParams {
  readonly model: string;
  readonly weightsFormat: WeightsFormat | "auto";
  readonly trust: boolean;
}

/**
 * Opens a model, chooses its weights, fetches what is missing and says which environment they need.
 *
 * @throws ParfocalError WEIGHTS_MISSING, WEIGHTS_INVALID, WEIGHTS_UNREACHABLE, MODEL_NOT_TRUSTED, CANCELLED.
 */
export async function prepareModel(params: ModelParams, tools: PrepareTools): Promise<Prepared> {
  const model = await openModel(params.model, tools);
  const sources = readSources(model.description);
  const files = createModelFiles(model, sources, tools);
  const { entry, path, sha256 } = await chooseWeights(sources, files, params.weightsFormat, params.trust, model.description);
  if (entry.externalData !== null) await files.take(entry.externalData, null);
  const needsArchitecture = entry.format === "pytorch_state_dict" && entry.architecture !== null;
  const architecture = needsArchitecture ? await files.take(entry.architecture, entry.architectureSha256) : null;
  for (const macro of sources.macros) await files.takeOptional(macro);
  return {
    profile: profileOf[entry.format],
    params: {
      model: dirname(model.description),
      descriptionFile: model.description,
      weightsFormat: entry.format,
      weightsFile: path,
      weightsSha256: sha256,
      architectureFile: architecture?.path ?? null,
    },
  };
}
