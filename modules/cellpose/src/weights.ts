import type { WeightSet } from "@parfocal/core";
import { restorationModels, segmentationModels } from "./models.ts";

/** Where upstream publishes its weights (`cellpose.models._MODEL_URL` of Cellpose 3.1). */
const folder = "https://www.cellpose.org/models";

/** Upstream's file names, where they are not the models' own names (`cellpose.models.model_path`). */
const fileNames: Readonly<Record<string, string>> = { cyto: "cytotorch_0", cyto2: "cyto2torch_0", nuclei: "nucleitorch_0" };

/** Models whose diameter upstream can estimate (`cellpose.models.size_model_path`). */
const sized: readonly string[] = ["cyto", "cyto2", "cyto3", "nuclei"];

/** Sizes in bytes as the JDLL model runner states them; upstream states no hashes, so the first download records them. */
const knownBytes: Readonly<Record<string, number>> = {
  cyto3: 26_566_255,
  cyto2torch_0: 26_563_614,
  cytotorch_0: 26_563_614,
  nucleitorch_0: 26_563_614,
};

/** What upstream's README and the models' papers say of their terms. */
const licence = {
  code: "BSD-3-Clause",
  weights: "not stated",
  trainingData: "the Cellpose set is CC-BY-NC; other sets as in the models' papers",
  redistribution: "unclear",
} as const;

function file(name: string) {
  return { name, url: `${folder}/${name}`, bytes: knownBytes[name] ?? null, sha256: null };
}

function segmentation(model: string): WeightSet {
  const name = fileNames[model] ?? model;
  return {
    name: model,
    description: `Cellpose 3 model ${model}`,
    when: { model },
    files: [file(name), ...(sized.includes(model) ? [file(`size_${name}.npy`)] : [])],
    licence,
    source: "https://www.cellpose.org",
  };
}

function restoration(model: string): WeightSet {
  return {
    name: model,
    description: `Cellpose 3 restoration ${model}`,
    when: { restore: model },
    files: [file(model)],
    licence,
    source: "https://www.cellpose.org",
  };
}

/** Every built-in model's files. */
export const weights: WeightSet[] = [...segmentationModels.map(segmentation), ...restorationModels.map(restoration)];
