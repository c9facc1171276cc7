/**
 * Finds bright objects.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import type { z } from "zod";
import { newModuleParams } from "./params.ts";
import { VERSION } from "./version.ts";

export { newModuleParams, VERSION };
export type NewModuleParams = z.infer<typeof newModuleParams>;

/** Finds bright objects. */
export const newModule = defineModule({
  name: "new-module",
  version: VERSION,
  kind: "segmenter",
  description: "Finds bright objects",
  folder: new URL("../", import.meta.url),
  params: newModuleParams,
  accepts: {
    axes: ["yx"],
    dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"],
  },
  outputs: {
    labels: { kind: "labels", description: "objects, numbered from 1" },
  },
  refine: true,
  profiles: { default: { imports: ["numpy", "scipy"] } },
  sample: {
    image: { from: "package", path: "python/sample/discs.npy" },
    truth: { from: "package", path: "python/sample/discs_labels.npy" },
    axes: "yx",
    description: "drawn discs with noise, uint16",
    licence: "MIT",
    score: { iou: 0.5, f1: 0.9 },
  },
});
