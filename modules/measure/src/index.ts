/**
 * Measurements of objects as scikit-image defines them, one row an object, computed for all objects at once.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import type { z } from "zod";
import { measureParams } from "./params.ts";
import { VERSION } from "./version.ts";

export { measureParams, VERSION };
export type MeasureParams = z.infer<typeof measureParams>;

/** Size, shape and intensity of labelled objects, with scikit-image's names and values. */
export const measure = defineModule({
  name: "measure",
  version: VERSION,
  kind: "measurer",
  description: "Size, shape and intensity of objects, as scikit-image measures them",
  folder: new URL("../", import.meta.url),
  params: measureParams,
  accepts: {
    axes: ["yx", "zyx", "cyx", "yxc", "czyx", "zcyx"],
    dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"],
  },
  windows: true,
  profiles: { default: { imports: ["numpy", "scipy", "skimage"] } },
});
