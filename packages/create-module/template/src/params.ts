import { z } from "zod";

/** Parameters of the module: flags, forms, checks and the table in the README follow from them. */
export const newModuleParams = z.strictObject({
  sigma: z.number().min(0).max(50).default(1).meta({
    title: "Smoothing",
    stage: "network",
    unit: "pixels",
    step: 0.5,
    description: "standard deviation of the Gaussian that smooths the image first",
    effect: "higher joins neighbours and drops noise",
  }),
  contrast: z.number().min(-5).max(5).default(0.5).meta({
    title: "Contrast",
    stage: "post",
    step: 0.1,
    description: "standard deviations above the mean grey value from which a pixel belongs to an object",
    effect: "higher finds smaller and fewer objects",
  }),
  minSize: z
    .int()
    .min(0)
    .default(20)
    .meta({
      title: "Smallest object",
      stage: "post",
      unit: "pixels",
      step: 1,
      aliases: ["min_size"],
      description: "objects of fewer pixels are dropped",
      effect: "higher drops more small objects",
    }),
});
