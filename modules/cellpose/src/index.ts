/**
 * Cellpose 3: cells and nuclei of all kinds, in 2D, 3D and stitched planes, with image restoration.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import type { z } from "zod";
import { cellposeParams } from "./params.ts";
import { VERSION } from "./version.ts";
import { weights } from "./weights.ts";

export { cellposeParams, VERSION };
export type CellposeParams = z.infer<typeof cellposeParams>;

/** Finds cells with any network of Cellpose 3: a built-in one by name, or one of your own by path. */
export const cellpose = defineModule({
  name: "cellpose",
  version: VERSION,
  kind: "segmenter",
  description: "Cellpose 3: cells and nuclei in 2D and 3D, with image restoration",
  folder: new URL("../", import.meta.url),
  params: cellposeParams,
  accepts: {
    axes: ["yx", "cyx", "zyx", "zcyx"],
    dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"],
  },
  outputs: {
    labels: { kind: "labels", description: "cells, in upstream's order" },
    styles: { kind: "array", description: "style of each plane (planes, 256), float32" },
    flows: { kind: "array", optional: true, description: "flows (2, y, x), (2, z, y, x) or in 3D (3, z, y, x), float32" },
    cellprob: { kind: "array", optional: true, description: "logit of the cell probability, shaped like the image, float32" },
    restored: { kind: "array", optional: true, description: "restored image (y, x, channels) or (z, y, x, channels), float32" },
  },
  refine: true,
  profiles: { default: { imports: ["numpy", "torch", "onnx", "onnxruntime", "ncnn", "cellpose"] } },
  weights,
});
