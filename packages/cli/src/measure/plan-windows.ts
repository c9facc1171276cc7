import type { ObjectExtent } from "./object-extents.ts";

/** A part of the labels and the objects that are measured in it; all of them lie in it whole. */
export interface LabelWindow {
  readonly y: readonly [start: number, stop: number];
  readonly x: readonly [start: number, stop: number];
  readonly ids: readonly number[];
}

/**
 * Plans windows in which every object is measured once: bands of rows from the top, each as high as its number of pixels allows, and for
 * objects that are higher than a band a window of their own.
 *
 * @param width columns of the labels.
 * @param mostPixels pixels of a window.
 * @returns null when an object's own window would be larger than four of them.
 */
export function planWindows(extents: readonly ObjectExtent[], width: number, mostPixels: number): LabelWindow[] | null {
  const rows = Math.floor(mostPixels / width);
  const isHigh = ({ top, bottom }: ObjectExtent): boolean => bottom - top >= rows;
  const alone = extents.filter(isHigh).map((extent) => around([extent]));
  if (alone.some(({ y, x }) => (y[1] - y[0]) * (x[1] - x[0]) > 4 * mostPixels)) return null;
  const bands: LabelWindow[] = [];
  let rest = extents.filter((extent) => !isHigh(extent)).sort((a, b) => a.top - b.top);
  while (rest.length > 0) {
    const end = rest[0]!.top + rows;
    const behind = rest.findIndex(({ top }) => top >= end);
    const begun = behind < 0 ? rest : rest.slice(0, behind);
    bands.push(around(begun.filter(({ bottom }) => bottom < end)));
    rest = [...begun.filter(({ bottom }) => bottom >= end), ...(behind < 0 ? [] : rest.slice(behind))];
  }
  return [...bands, ...alone];
}

function around(extents: readonly ObjectExtent[]): LabelWindow {
  let { top, bottom, left, right } = extents[0]!;
  for (const extent of extents) {
    top = Math.min(top, extent.top);
    bottom = Math.max(bottom, extent.bottom);
    left = Math.min(left, extent.left);
    right = Math.max(right, extent.right);
  }
  return { y: [top, bottom + 1], x: [left, right + 1], ids: extents.map(({ id }) => id) };
}
