/**
 * Models of the BioImage Model Zoo and of DeepImageJ: ONNX, Keras, TensorFlow SavedModel, TorchScript and PyTorch state dicts, each in an
 * environment of its own.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import type { z } from "zod";
import { deepimagejParams } from "./params.ts";
import { prepareModel } from "./prepare.ts";
import { VERSION } from "./version.ts";

export { type WeightsFormat, weightsFormats } from "./weights-formats.ts";
export { zooAddress } from "./zoo.ts";
export { deepimagejParams, VERSION };
export type DeepimagejParams = z.infer<typeof deepimagejParams>;

/** Runs a model with the pre- and post-processing that its description declares. The bundled model `blobs` finds bright blobs. */
export const deepimagej = defineModule({
  name: "deepimagej",
  version: VERSION,
  kind: "segmenter",
  description: "Models of the BioImage Model Zoo and of DeepImageJ",
  folder: new URL("../", import.meta.url),
  params: deepimagejParams,
  prepare: prepareModel,
  accepts: {
    axes: ["yx", "yxc", "zyx", "zyxc"],
    dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"],
  },
  outputs: {
    labels: { kind: "labels", description: "objects; empty where the output is no probability and no step was asked for" },
    output: {
      kind: "array",
      description: "the network's first output after post-processing, in the model's axes without the batch",
    },
    output1: { kind: "array", optional: true, description: "the second output, where the model has one" },
    output2: { kind: "array", optional: true, description: "the third output" },
    output3: { kind: "array", optional: true, description: "the fourth output" },
  },
  refine: true,
  profiles: {
    onnx: { imports: ["numpy", "scipy", "skimage", "yaml", "onnxruntime"] },
    torch: { imports: ["numpy", "scipy", "skimage", "yaml", "h5py", "torch"] },
    tensorflow: { imports: ["numpy", "scipy", "skimage", "yaml", "tensorflow"] },
  },
  sample: {
    image: { from: "package", path: "python/sample/drawn_blobs.npy" },
    truth: { from: "package", path: "python/sample/drawn_blobs_labels.npy" },
    axes: "yx",
    description: "20 drawn blobs with noise on an uneven background, 160x160, uint16",
    licence: "MIT",
    score: { iou: 0.5, f1: 0.95 },
  },
});
