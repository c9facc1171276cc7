import { z } from "zod";
import { restorationModels, segmentationModels } from "./models.ts";

const switchParam = (defaultValue: boolean) => z.boolean().default(defaultValue);

/** Parameters of the Cellpose module. */
export const cellposeParams = z.strictObject({
  model: z
    .string()
    .min(1)
    .default("cyto3")
    .meta({
      title: "Model",
      stage: "load",
      aliases: ["pretrained_model", "model_type"],
      description: `a built-in model (${segmentationModels.join(", ")}), or the path of a Cellpose 3 weight file`,
      effect: "another model finds other kinds of cells",
    }),
  restore: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .meta({
      title: "Restoration",
      stage: "load",
      aliases: ["restore_type"],
      description: `a built-in restoration model (${restorationModels.join(", ")}), or the path of one; empty for none`,
      effect: "noisy, blurred or small images are improved before cells are looked for",
    }),
  runtime: z.enum(["auto", "torch", "onnx", "ncnn"]).default("auto").meta({
    title: "Runtime",
    stage: "load",
    group: "advanced",
    description: "what runs the network; auto takes ncnn on processors, onnx on DirectML, torch on CUDA and Metal",
    effect:
      "on a processor ncnn is about three times as fast as torch, onnx twice; torch gives upstream's labels pixel for pixel",
  }),
  diameter: z.number().positive().max(10_000).nullable().default(null).meta({
    title: "Diameter",
    stage: "network",
    step: 1,
    description: "mean diameter of the cells; empty lets the model estimate it, where it can, or takes the one it was trained on",
    effect: "choose it right: too large merges cells, too small splits them",
  }),
  diameterUnit: z.enum(["px", "um"]).default("px").meta({
    title: "Unit of the diameter",
    stage: "network",
    description: "px for pixels, um for micrometres, which need an image that says how large its pixels are",
    effect: "none by itself",
  }),
  channel: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .meta({
      title: "Channel",
      stage: "network",
      aliases: ["chan"],
      description: "channel to segment, counted from 1; 0 takes the mean of all",
      effect: "take the channel in which the cells are brightest",
    }),
  nuclearChannel: z
    .int()
    .min(0)
    .max(64)
    .default(0)
    .meta({
      title: "Nuclear channel",
      stage: "network",
      aliases: ["chan2"],
      description: "channel that shows nuclei, counted from 1; 0 for none",
      effect: "helps to tell touching cells apart",
    }),
  flowThreshold: z.number().min(0).max(10).default(0.4).meta({
    title: "Flow threshold",
    stage: "post",
    step: 0.05,
    description: "largest error of a cell's flows; 0 keeps every cell",
    effect: "higher finds more cells, also ill-shaped ones",
  }),
  cellprobThreshold: z.number().min(-20).max(20).default(0).meta({
    title: "Cell probability threshold",
    stage: "post",
    step: 0.5,
    description: "pixels above it can be part of a cell, as a logit",
    effect: "lower finds more and larger cells",
  }),
  niter: z.int().min(0).max(100_000).nullable().default(null).meta({
    title: "Iterations",
    stage: "post",
    group: "advanced",
    description: "steps along the flows; empty takes 200, scaled with the diameter",
    effect: "more helps long cells, such as bacteria",
  }),
  minSize: z.int().min(-1).max(100_000_000).default(15).meta({
    title: "Smallest cell",
    stage: "post",
    unit: "px",
    description: "cells with fewer pixels are dropped; -1 keeps all",
    effect: "higher removes debris",
  }),
  maxSizeFraction: z.number().positive().max(1).default(0.4).meta({
    title: "Largest cell",
    stage: "post",
    group: "advanced",
    description: "cells larger than this fraction of the image are dropped",
    effect: "raise it when one cell fills the image",
  }),
  interp: switchParam(true).meta({
    title: "Interpolate",
    stage: "post",
    group: "advanced",
    description: "follow the flows between pixels",
    effect: "off is coarser",
  }),
  normalize: switchParam(true).meta({
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
  percentileHigh: z.number().min(0).max(100).default(99).meta({
    title: "High percentile",
    stage: "network",
    unit: "%",
    step: 0.1,
    group: "advanced",
    description: "percentile of the grey values that becomes 1",
    effect: "lower makes dim cells brighter",
  }),
  norm3d: switchParam(true).meta({
    title: "Normalise the whole stack",
    stage: "network",
    group: "advanced",
    aliases: ["norm3D", "norm_3d"],
    description: "stretch all planes of a stitched stack alike, not one by one",
    effect: "off evens out planes of different brightness",
  }),
  tileNormSize: z
    .int()
    .min(0)
    .max(10_000)
    .default(0)
    .meta({
      title: "Local normalisation",
      stage: "network",
      unit: "px",
      group: "advanced",
      aliases: ["tile_norm_blocksize", "tile_norm"],
      description: "side of the windows in which grey values are stretched; 0 stretches the whole image alike",
      effect: "brightens dark areas of unevenly lit images; try 100",
    }),
  sharpenRadius: z.number().min(0).max(1000).default(0).meta({
    title: "Sharpen",
    stage: "network",
    unit: "px",
    group: "advanced",
    description: "radius of a high-pass filter; 0 for none",
    effect: "a quarter to an eighth of the diameter helps with haze",
  }),
  smoothRadius: z.number().min(0).max(1000).default(0).meta({
    title: "Smooth",
    stage: "network",
    unit: "px",
    group: "advanced",
    description: "radius of a low-pass filter; 0 for none",
    effect: "helps with noise",
  }),
  invert: switchParam(false).meta({
    title: "Invert",
    stage: "network",
    description: "turn dark cells on a bright background into bright ones",
    effect: "needed for dark cells only",
  }),
  do3d: switchParam(false).meta({
    title: "3D",
    stage: "network",
    aliases: ["do_3D", "do_3d"],
    description: "segment a stack as one volume, from three directions",
    effect: "slower; the better way when planes are close to each other",
  }),
  anisotropy: z.number().positive().max(100).nullable().default(null).meta({
    title: "Anisotropy",
    stage: "network",
    step: 0.1,
    description: "distance of planes over distance of pixels, for 3D; empty takes it from the image, where it says so",
    effect: "makes cells as tall as they are wide",
  }),
  flow3dSmooth: z
    .int()
    .min(0)
    .max(100)
    .default(0)
    .meta({
      title: "Smooth 3D flows",
      stage: "network",
      unit: "px",
      group: "advanced",
      aliases: ["flow3D_smooth", "flow3d_smooth"],
      description: "standard deviation of a Gaussian filter over the flows, for 3D; 0 for none",
      effect: "joins fragments of cells",
    }),
  stitchThreshold: z.number().min(0).max(1).default(0).meta({
    title: "Stitch planes",
    stage: "network",
    step: 0.05,
    description: "IoU from which objects of two planes are one; 0 does not stitch",
    effect: "higher joins fewer objects; try 0.25",
  }),
  resample: switchParam(true).meta({
    title: "Full resolution",
    stage: "network",
    group: "advanced",
    description: "follow the flows at the size of the image, not at that of the network",
    effect: "off is faster and has coarser outlines",
  }),
  augment: switchParam(false).meta({
    title: "Average over flips",
    stage: "network",
    group: "advanced",
    description: "run more, flipped tiles and average them",
    effect: "a little better, several times slower",
  }),
  tileOverlap: z.number().min(0.05).max(0.95).default(0.1).meta({
    title: "Overlap of tiles",
    stage: "network",
    group: "advanced",
    description: "fraction of a tile's side that it shares with the next",
    effect: "more makes seams smoother and takes longer",
  }),
  tileSize: z
    .int()
    .min(64)
    .max(4096)
    .multipleOf(16)
    .default(224)
    .meta({
      title: "Tile",
      stage: "network",
      unit: "px",
      group: "advanced",
      aliases: ["bsize"],
      description: "side of a tile; the networks are trained on 224",
      effect: "leave it",
    }),
  batchSize: z.int().min(1).max(1024).default(8).meta({
    title: "Tiles at once",
    stage: "network",
    group: "advanced",
    description: "tiles that go through torch together",
    effect: "more is faster on a GPU and needs more of its memory",
  }),
  flows: switchParam(false).meta({
    title: "Return flows",
    stage: "post",
    group: "advanced",
    description: "return flows and cell probability, too",
    effect: "for tuning and for programs",
  }),
});
