import { z } from "zod";

/** Properties of scikit-image's `regionprops` that are one number or a fixed few, and `touches_edge`. */
export const propertyNames = [
  "area",
  "area_bbox",
  "area_convex",
  "area_filled",
  "axis_major_length",
  "axis_minor_length",
  "bbox",
  "centroid",
  "centroid_local",
  "centroid_weighted",
  "centroid_weighted_local",
  "eccentricity",
  "equivalent_diameter_area",
  "euler_number",
  "extent",
  "feret_diameter_max",
  "inertia_tensor",
  "inertia_tensor_eigvals",
  "intensity_max",
  "intensity_mean",
  "intensity_median",
  "intensity_min",
  "intensity_std",
  "label",
  "moments",
  "moments_central",
  "moments_hu",
  "moments_normalized",
  "moments_weighted",
  "moments_weighted_central",
  "moments_weighted_hu",
  "moments_weighted_normalized",
  "num_pixels",
  "orientation",
  "perimeter",
  "perimeter_crofton",
  "solidity",
  "touches_edge",
] as const;

/** Parameters of the measure module. */
export const measureParams = z.strictObject({
  properties: z
    .array(z.enum(propertyNames))
    .min(1)
    .default([
      "area",
      "bbox",
      "centroid",
      "equivalent_diameter_area",
      "axis_major_length",
      "axis_minor_length",
      "eccentricity",
      "orientation",
      "perimeter",
      "extent",
      "solidity",
      "touches_edge",
      "intensity_mean",
      "intensity_min",
      "intensity_max",
      "intensity_std",
    ])
    .meta({
      title: "Properties",
      stage: "post",
      description:
        "what is measured, by scikit-image's names, in this order behind `label`; those that an image is missing for, or that volumes do not have, are left out",
      effect: "area_filled, euler_number, feret_diameter_max and moments take scikit-image's own time, all others a tenth of it",
    }),
  micrometres: z.boolean().default(true).meta({
    title: "Micrometres",
    stage: "post",
    description: "areas and lengths also in micrometres, where the pixel size is known: area_um2, centroid-0_um",
    effect: "off leaves scikit-image's columns alone",
  }),
});
