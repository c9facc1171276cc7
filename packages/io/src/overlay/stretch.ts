import type { Plane } from "./flatten.ts";

/** Values that are looked at to find percentiles; more change nothing that the eye could see. */
const sampleSize = 1 << 15;

/** Below 1 lifts dim objects, which a few bright ones would leave in the dark. */
const gamma = 0.8;
const curveSteps = 4096;

/**
 * Stretches planes to 0..255: the lower percentile becomes black, the upper one white, the same for all planes. Pixels that are
 * no number become black.
 *
 * @param percentiles from 0 to 100, the lower one first
 */
export function stretch(
  planes: readonly Plane[],
  [lower, upper]: readonly [number, number],
): readonly Uint8ClampedArray<ArrayBuffer>[] {
  const sample = sampleOf(planes);
  const black = percentileOf(sample, lower);
  const range = percentileOf(sample, upper) - black || 1;
  const curve = Uint8Array.from({ length: curveSteps + 1 }, (_, step) => Math.round((step / curveSteps) ** gamma * 255));
  return planes.map((plane) => {
    const bytes = new Uint8ClampedArray(plane.length);
    for (let index = 0; index < plane.length; index += 1) {
      const value = (plane[index]! - black) / range;
      bytes[index] = value >= 1 ? 255 : value > 0 ? curve[(value * curveSteps) | 0]! : 0;
    }
    return bytes;
  });
}

function sampleOf(planes: readonly Plane[]): Float64Array {
  const total = planes.reduce((sum, plane) => sum + plane.length, 0);
  // odd, so that a step does not stay in the same columns of an image with an even width
  const step = Math.max(1, Math.floor(total / sampleSize)) | 1;
  const values = new Float64Array(Math.ceil(total / step) + planes.length);
  let count = 0;
  for (const plane of planes) {
    for (let index = 0; index < plane.length; index += step) if (Number.isFinite(plane[index])) values[count++] = plane[index]!;
  }
  return values.subarray(0, count).sort();
}

function percentileOf(sorted: Float64Array, percentile: number): number {
  if (sorted.length === 0) return 0;
  return sorted[Math.round((sorted.length - 1) * (Math.min(100, Math.max(0, percentile)) / 100))]!;
}
