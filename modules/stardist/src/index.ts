/**
 * StarDist in 2D and 3D on ONNX Runtime: star-convex objects such as nuclei, without TensorFlow.
 *
 * @module
 */
import { defineModule } from "@parfocal/core";
import type { z } from "zod";
import { stardistParams } from "./params.ts";
import { VERSION } from "./version.ts";

export { stardistParams, VERSION };
export type StardistParams = z.infer<typeof stardistParams>;

/** Finds star-convex objects with any stock StarDist model. The bundled model `nuclei` is for fluorescence nuclei in 2D. */
export const stardist = defineModule({
  name: "stardist",
  version: VERSION,
  kind: "segmenter",
  description: "StarDist: star-convex objects such as nuclei, in 2D and 3D",
  folder: new URL("../", import.meta.url),
  params: stardistParams,
  accepts: {
    axes: ["yx", "yxc", "zyx", "zyxc"],
    dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"],
  },
  outputs: {
    labels: { kind: "labels", description: "objects, in the order of their probability" },
    scores: { kind: "array", description: "probability of each object (n,), float32; row i belongs to label i + 1" },
    points: { kind: "array", description: "centre of each object (n, 2) as y, x or (n, 3) as z, y, x in pixels, float32" },
    polygons: {
      kind: "array",
      optional: true,
      description: "2D: outline of each object (n, 2, rays) as y, x in pixels, float32",
    },
    distances: { kind: "array", optional: true, description: "3D: length of each ray (n, rays) in pixels, float32" },
    rayVertices: { kind: "array", optional: true, description: "3D: directions of the rays (rays, 3), float32" },
    rayFaces: { kind: "array", optional: true, description: "3D: triangles between the rays (faces, 3), int32" },
    classIds: { kind: "array", optional: true, description: "multi-class models: class of each object (n,), int32" },
  },
  refine: true,
  profiles: { default: { imports: ["numpy", "onnxruntime", "onnx", "h5py", "stardist"] } },
  sample: {
    image: { from: "environment", path: "stardist/data/images/img2d.tif" },
    truth: { from: "environment", path: "stardist/data/images/mask2d.tif" },
    axes: "yx",
    description: "fluorescence nuclei, 512x512, from the Data Science Bowl 2018; part of stardist's own package",
    licence: "BSD-3-Clause",
    score: { iou: 0.5, f1: 0.9 },
  },
});
