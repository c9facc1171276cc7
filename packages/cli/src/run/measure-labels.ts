import type { Labels, PixelSize } from "@parfocal/core";

/** What a result line says of labels. */
export interface LabelMeasures {
  readonly objects: number;
  /** Median of the objects' equivalent diameters in pixels, null without objects. */
  readonly medianDiameterPx: number | null;
  /** The same in micrometres, null where the pixel size is not known or differs between x and y. */
  readonly medianDiameterUm: number | null;
}

function countSizes(labels: Labels): number[] {
  const { data } = labels;
  let highest = 0;
  for (let i = 0; i < data.length; i += 1) highest = Math.max(highest, data[i]!);
  const sizes = new Float64Array(highest + 1);
  for (let i = 0; i < data.length; i += 1) sizes[data[i]!]! += 1;
  return [...sizes.subarray(1)].filter((size) => size > 0);
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Edge of the cube or square that a pixel stands for, micrometres. */
function pixelEdge(axes: string, { x, y, z }: PixelSize): number | null {
  if (x === undefined || y === undefined || Math.abs(x - y) > 1e-6 * x) return null;
  if (!axes.includes("z")) return x;
  return z === undefined ? null : Math.cbrt(x * y * z);
}

/**
 * Counts objects and takes the median of their equivalent diameters: of the circle of the same area (2D), 2 √(A/π), or of the
 * ball of the same volume (3D), (6V/π)^(1/3).
 *
 * @param labels int32, 0 is background; any axes, those with `z` longer than 1 count as 3D
 */
export function measureLabels(labels: Labels): LabelMeasures {
  const depth = labels.axes.includes("z") ? (labels.shape[labels.axes.indexOf("z")] ?? 1) : 1;
  const isVolume = depth > 1;
  const sizes = countSizes(labels);
  const diameters = sizes.map((size) => (isVolume ? Math.cbrt((6 * size) / Math.PI) : 2 * Math.sqrt(size / Math.PI)));
  const medianDiameterPx = median(diameters);
  const edge = labels.pixelSize ? pixelEdge(isVolume ? "zyx" : "yx", labels.pixelSize) : null;
  return {
    objects: sizes.length,
    medianDiameterPx,
    medianDiameterUm: medianDiameterPx === null || edge === null ? null : medianDiameterPx * edge,
  };
}
