import type { Labels } from "@parfocal/core";
import { objectDiameters } from "../labels/summarize-objects.ts";

/** How many objects have which size; bins are equally wide on a logarithmic axis. */
export interface SizeHistogram {
  /** Equivalent diameters in pixels where bins begin and end, one more than `counts`. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Bins from one doubling of the diameter to the next. */
const binsPerDoubling = 6;

export interface SizeCounter {
  add(labels: Labels): void;
  /** Null while there are no objects. */
  histogram(): SizeHistogram | null;
}

const binOf = (diameter: number): number => Math.log2(diameter) * binsPerDoubling;

/**
 * Counts the sizes of objects over many images, in memory that does not grow with them.
 *
 * @param earlier what another counter came to, to go on from
 */
export function createSizeCounter(earlier: SizeHistogram | null = null): SizeCounter {
  const counts = new Map(earlier?.counts.map((count, index) => [Math.round(binOf(earlier.edges[index]!)), count]));
  return {
    add(labels) {
      for (const diameter of objectDiameters(labels)) {
        const bin = Math.floor(binOf(diameter));
        counts.set(bin, (counts.get(bin) ?? 0) + 1);
      }
    },
    histogram() {
      if (counts.size === 0) return null;
      const bins = [...counts.keys()].sort((a, b) => a - b);
      const [first, last] = [bins[0]!, bins.at(-1)!];
      const all = Array.from({ length: last - first + 1 }, (_, index) => first + index);
      return {
        edges: [...all, last + 1].map((bin) => 2 ** (bin / binsPerDoubling)),
        counts: all.map((bin) => counts.get(bin) ?? 0),
      };
    },
  };
}
