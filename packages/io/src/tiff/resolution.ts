import type { PixelSize } from "@parfocal/core";
import type { Directory } from "./read-directories.ts";
import { tags } from "./tags.ts";

/** Micrometres. Coarser pixels are a printer's or a screen's resolution (72 or 300 per inch), not a microscope's. */
const largestPixel = 20;

/** Pixel size from the resolution tags, which only count when they have a unit of length. */
export function resolutionOf(directory: Directory): { readonly pixelSize: PixelSize; readonly notes: readonly string[] } {
  const unit = directory.numbers(tags.resolutionUnit)[0] ?? 2;
  const perUnit = [directory.numbers(tags.xResolution)[0], directory.numbers(tags.yResolution)[0]];
  const [x, y] = perUnit.map((pixels) => (unit === 3 ? 1e4 : 25_400) / (pixels ?? 0));
  const isKnown = (unit === 2 || unit === 3) && isSize(x) && isSize(y);
  if (!isKnown) return { pixelSize: {}, notes: [] };
  if (x! > largestPixel || y! > largestPixel) {
    const perInch = Math.round(25_400 / x!);
    return { pixelSize: {}, notes: [`pixel size taken as unknown: ${perInch} pixels per inch is a resolution for printing`] };
  }
  return { pixelSize: { y: y!, x: x! }, notes: [] };
}

const isSize = (value: number | undefined): boolean => value !== undefined && value > 0 && Number.isFinite(value);
