import type { Labels, PixelSize } from "@parfocal/core";
import { highestId } from "./highest-id.ts";

/** How many objects there are and how large they are. */
export interface ObjectSummary {
  readonly count: number;
  /**
   * Median of the equivalent diameters in pixels: that of the circle of the same area, 2 sqrt(A / pi), or of the ball of the same
   * volume, (6 V / pi)^(1/3). Null without objects.
   */
  readonly medianDiameterPx: number | null;
  /** The same in micrometres; null without objects and where the pixel size of a spatial axis is not known. */
  readonly medianDiameterUm: number | null;
}

/**
 * Counts objects and takes the median of their equivalent diameters. Labels with more than one plane along `z` are volumes; ids are
 * counted over all time points together.
 *
 * @param labels int32, 0 is background
 * @param pixelSize micrometres by axis; default: the labels' own. Axes may differ: area and volume are taken in micrometres.
 * @throws ParfocalError INPUT_REJECTED for a negative id
 */
export function summarizeObjects(labels: Labels, pixelSize: PixelSize | undefined = labels.pixelSize): ObjectSummary {
  const size = pixelVolume(pixelSize, isVolume(labels));
  const diameters = objectDiameters(labels);
  const median = medianOf(diameters);
  const scaled = size === null ? null : medianOf(objectDiameters(labels, size));
  return { count: diameters.length, medianDiameterPx: median, medianDiameterUm: scaled };
}

/**
 * Equivalent diameter of each object, in no particular order.
 *
 * @param pixel area or volume of one pixel; the diameters are in its unit
 */
export function objectDiameters(labels: Labels, pixel = 1): number[] {
  const diameterOf = isVolume(labels)
    ? (size: number): number => Math.cbrt((6 * size) / Math.PI)
    : (size: number): number => 2 * Math.sqrt(size / Math.PI);
  return sizesOf(labels.data).map((size) => diameterOf(size * pixel));
}

const isVolume = ({ shape, axes }: Labels): boolean => (shape[axes.indexOf("z")] ?? 1) > 1;

function sizesOf(ids: Int32Array): number[] {
  const counts = new Map<number, number>();
  const highest = highestId(ids);
  // ids that are much larger than the image would make the table larger than the labels
  if (highest > 4 * ids.length + 1024) {
    for (let index = 0; index < ids.length; index += 1) {
      const id = ids[index]!;
      if (id > 0) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    return [...counts.values()];
  }
  const table = new Uint32Array(highest + 1);
  for (let index = 0; index < ids.length; index += 1) table[ids[index]!]! += 1;
  return Array.from(table.subarray(1)).filter((size) => size > 0);
}

/** Square or cubic micrometres of one pixel, null when an axis is not known. */
function pixelVolume(pixelSize: PixelSize | undefined, isVolume: boolean): number | null {
  const { x, y, z } = pixelSize ?? {};
  if (x === undefined || y === undefined || (isVolume && z === undefined)) return null;
  return x * y * (isVolume ? z! : 1);
}

function medianOf(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
