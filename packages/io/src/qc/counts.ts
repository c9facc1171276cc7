import type { Bar } from "./html.ts";
import type { QcItem } from "./write-qc-page.ts";

/** Numbers of objects over a batch. */
export interface Counts {
  readonly total: number;
  /** Null without any image that worked. */
  readonly median: number | null;
  /** Numbers of objects beyond which an image is unlike the others. */
  readonly limits: readonly [few: number, many: number];
  readonly bars: readonly Bar[];
}

const mostBars = 40;
/** Median distances from the median, scaled to the standard deviations of a normal distribution, that are still like the others. */
const farFrom = 4;
const toDeviation = 1.4826;

/** Counts, their spread and their histogram. */
export function countsOf(items: readonly QcItem[]): Counts {
  const counts = items.flatMap(({ objects }) => (objects === null ? [] : [objects])).sort((a, b) => a - b);
  const median = medianOf(counts);
  const distance = medianOf(counts.map((count) => Math.abs(count - (median ?? 0))).sort((a, b) => a - b)) ?? 0;
  // a batch of nearly equal images must not call every small difference odd
  const reach = farFrom * Math.max(toDeviation * distance, 0.1 * (median ?? 0), 1);
  return {
    total: counts.reduce((sum, count) => sum + count, 0),
    median,
    limits: [(median ?? 0) - reach, (median ?? 0) + reach],
    bars: barsOf(counts),
  };
}

/** What is unusual about the number of an image's objects; null where nothing is. */
export function remarkOn({ objects }: QcItem, { limits: [few, many] }: Counts): string | null {
  if (objects === null) return null;
  if (objects === 0) return "no objects";
  if (objects < few) return "fewer objects than most";
  return objects > many ? "more objects than most" : null;
}

function barsOf(sorted: readonly number[]): Bar[] {
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  const width = Math.max(1, Math.ceil((last - first + 1) / mostBars));
  const bars = Array.from({ length: Math.ceil((last - first + 1) / width) }, (_, index) => {
    const from = first + index * width;
    return { label: width === 1 ? `${from} objects` : `${from} to ${from + width - 1} objects`, count: 0 };
  });
  for (const count of sorted) bars[Math.floor((count - first) / width)]!.count += 1;
  return bars;
}

function medianOf(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
