import { z } from "zod";

/** Parameters of the threshold module. */
export const thresholdParams = z.strictObject({
  method: z.enum(["otsu", "fixed"]).default("otsu").meta({
    title: "Method",
    stage: "post",
    description: "otsu chooses the level from the image's histogram; fixed takes `level`",
    effect: "fixed keeps the level equal over a whole series of images",
  }),
  level: z.number().default(0).meta({
    title: "Level",
    stage: "post",
    unit: "grey value",
    description: "grey value above which a pixel is foreground; used by the method fixed",
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
  fillHoles: z.boolean().default(true).meta({
    title: "Fill holes",
    stage: "post",
    description: "background that is enclosed by an object becomes part of it",
    effect: "on makes nuclei with dark centres whole",
  }),
});
