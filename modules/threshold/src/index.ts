/**
 * Otsu or fixed threshold, then connected components: the smallest real module, and the one to start your own from.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import type { z } from "zod";
import { thresholdParams } from "./params.ts";
import { VERSION } from "./version.ts";

export { thresholdParams, VERSION };
export type ThresholdParams = z.infer<typeof thresholdParams>;

/** Finds bright objects on a dark background. No network, no weights: ready in seconds. */
export const threshold = defineModule({
  name: "threshold",
  version: VERSION,
  kind: "segmenter",
  description: "Otsu or fixed threshold, then connected components",
  folder: new URL("../", import.meta.url),
  params: thresholdParams,
  accepts: {
    axes: ["yx", "zyx"],
    dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"],
  },
  outputs: {
    labels: { kind: "labels", description: "objects, numbered in reading order" },
    areas: { kind: "array", description: "pixels of each object (n,), int32; row i belongs to label i + 1" },
  },
  refine: true,
  profiles: { default: { imports: ["numpy", "scipy"] } },
  sample: {
    image: { from: "package", path: "python/sample/blobs.npy" },
    truth: { from: "package", path: "python/sample/blobs_labels.npy" },
    axes: "yx",
    description: "16 drawn discs with noise, 128x128, uint16",
    licence: "MIT",
    score: { iou: 0.5, f1: 0.95 },
  },
});
