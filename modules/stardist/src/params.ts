import { z } from "zod";

/** Parameters of the StarDist module. */
export const stardistParams = z.strictObject({
  model: z.string().min(1).default("nuclei").meta({
    title: "Model",
    stage: "load",
    description:
      "a bundled model by name (nuclei), or a folder with config.json, weights_best.h5 and, if there is one, thresholds.json",
    effect: "another model finds other kinds of objects",
  }),
  probThreshold: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .meta({
      title: "Probability threshold",
      stage: "post",
      step: 0.01,
      aliases: ["prob_thresh"],
      description: "smallest object probability that counts; empty takes the model's own",
      effect: "higher finds fewer objects, the doubtful ones go first",
    }),
  nmsThreshold: z
    .number()
    .min(0)
    .max(1)
    .nullable()
    .default(null)
    .meta({
      title: "Overlap threshold",
      stage: "post",
      step: 0.01,
      aliases: ["nms_thresh"],
      description: "overlap at which the less probable of two objects is dropped; empty takes the model's own",
      effect: "higher lets more touching and overlapping objects stand",
    }),
  scale: z.number().positive().max(16).default(1).meta({
    title: "Scale",
    stage: "network",
    step: 0.1,
    description: "factor by which the image is enlarged before the network",
    effect: "choose it so that objects get the size that the model was trained on",
  }),
  tiles: z
    .array(z.int().min(1))
    .min(2)
    .max(3)
    .nullable()
    .default(null)
    .meta({
      title: "Tiles",
      stage: "network",
      group: "advanced",
      aliases: ["n_tiles"],
      description: "number of tiles along each spatial axis; empty cuts only images that are too large for one pass",
      effect: "more tiles need less memory and a little more time; the objects stay the same",
    }),
  normalize: z.boolean().default(true).meta({
    title: "Normalise",
    stage: "network",
    description: "stretch grey values so that the two percentiles become 0 and 1, as the models expect",
    effect: "turn it off only for images that are normalised already",
  }),
  percentileLow: z.number().min(0).max(100).default(1).meta({
    title: "Low percentile",
    stage: "network",
    unit: "%",
    step: 0.1,
    group: "advanced",
    description: "percentile of the grey values that becomes 0",
    effect: "higher makes the background darker",
  }),
  percentileHigh: z.number().min(0).max(100).default(99.8).meta({
    title: "High percentile",
    stage: "network",
    unit: "%",
    step: 0.1,
    group: "advanced",
    description: "percentile of the grey values that becomes 1",
    effect: "lower makes dim objects brighter",
  }),
  normalizeChannels: z.enum(["joint", "independent"]).default("joint").meta({
    title: "Channels",
    stage: "network",
    group: "advanced",
    description: "whether the channels of a colour image are stretched together or one by one",
    effect: "independent evens out channels of different brightness",
  }),
});
