import { z } from "zod";
import { weightsFormats } from "./weights-formats.ts";

/** Parameters of the DeepImageJ module. */
export const deepimagejParams = z.strictObject({
  model: z
    .string()
    .min(1)
    .default("blobs")
    .meta({
      title: "Model",
      stage: "load",
      aliases: ["model_path"],
      description: "a model's folder, zip, description file or address, its id in the BioImage Model Zoo, or the bundled blobs",
      effect: "another model finds other kinds of objects",
    }),
  weightsFormat: z
    .enum(["auto", ...weightsFormats])
    .default("auto")
    .meta({
      title: "Weights format",
      stage: "load",
      group: "advanced",
      aliases: ["weight_format"],
      description: "which of the model's weights are run; auto takes the safest that are there",
      effect: "each kind needs its own environment; results differ by rounding",
    }),
  trust: z.boolean().default(false).meta({
    title: "Trust",
    stage: "load",
    group: "advanced",
    description: "allow weights that execute code on this computer: TorchScript, state dicts, Lambda layers",
    effect: "true runs code that came with the model: only for models from people you trust",
  }),
  blockSize: z
    .int()
    .min(16)
    .max(65_536)
    .nullable()
    .default(null)
    .meta({
      title: "Block size",
      unit: "px",
      stage: "network",
      group: "advanced",
      aliases: ["tile_size"],
      description: "largest side of the blocks that an image is cut into; empty takes about a million pixels at once",
      effect: "smaller blocks need less memory and more time, and lack context beyond the model's halo",
    }),
  postStep: z.enum(["auto", "none", "threshold", "watershed"]).default("auto").meta({
    title: "Labels from",
    stage: "post",
    description:
      "how the first output becomes labels: auto takes labels that the model yields, else thresholds a probability; threshold labels connected pixels; watershed parts those that touch",
    effect: "threshold joins objects that touch, watershed may cut large ones; none leaves the labels empty",
  }),
  channel: z.int().min(0).max(1023).nullable().default(null).meta({
    title: "Channel",
    stage: "post",
    description: "channel of the output that becomes labels, from 0; empty takes the first",
    effect: "another channel is another class or a border",
  }),
  threshold: z.number().min(0).max(1).default(0.5).meta({
    title: "Threshold",
    stage: "post",
    step: 0.01,
    description: "probability above which a pixel belongs to an object",
    effect: "higher makes objects smaller and fewer",
  }),
  minSize: z.int().min(0).default(0).meta({
    title: "Smallest object",
    unit: "px",
    stage: "post",
    description: "objects with fewer pixels are dropped",
    effect: "higher drops small objects",
  }),
  minDistance: z.number().min(0).max(1000).default(4).meta({
    title: "Distance of centres",
    unit: "px",
    stage: "post",
    description: "watershed: smallest distance between the centres of two objects",
    effect: "higher cuts less",
  }),
});
