import type { Picture } from "../png/encode-png.ts";
import { dotsOf, glyphHeight, glyphStep } from "./glyphs.ts";

/** Part of the picture's width that the bar takes at most. */
const widest = 0.25;
/** Pictures narrower or lower than this have no room for a bar and its text. */
const smallestSide = 96;

/** The longest length of 1, 2 or 5 times a power of ten that is not over the given one. */
export function roundLength(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  const step = [5, 2].find((factor) => factor * power <= longest) ?? 1;
  return Number((step * power).toPrecision(1));
}

/** Micrometres as people write them: `20 µm`, `0.5 µm`, `1 mm`, `50 nm`. */
export function lengthText(micrometres: number): string {
  const [value, unit] =
    micrometres >= 1000 ? [micrometres / 1000, "mm"] : micrometres >= 0.1 ? [micrometres, "µm"] : [micrometres * 1000, "nm"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/**
 * Draws a bar of a round length with its text into the lower right corner, white with a black border, so that it is seen on anything.
 *
 * @param picture changed in place; one too small for a bar is left as it is
 * @param micrometres of one of the picture's pixels along x
 * @param white the byte that stands for white in the picture
 */
export function drawScaleBar(picture: Picture, micrometres: number, white: number): void {
  const { width, height } = picture;
  if (Math.min(width, height) < smallestSide || !(micrometres > 0 && Number.isFinite(micrometres))) return;
  const length = roundLength(width * widest * micrometres);
  const barWidth = Math.max(1, Math.round(length / micrometres));
  const text = lengthText(length);
  const dot = Math.max(1, Math.round(Math.min(width, height) / 256));
  const textWidth = (text.length * glyphStep - 1) * dot;
  const margin = 6 * dot;
  const barHeight = 2 * dot;
  const barLeft = width - margin - Math.max(barWidth, textWidth) + Math.max(0, Math.floor((textWidth - barWidth) / 2));
  const barTop = height - margin - barHeight;
  const textLeft = barLeft + Math.floor((barWidth - textWidth) / 2);
  const textTop = barTop - (glyphHeight + 4) * dot;
  const dots = dotsOf(text).map(([x, y]) => [textLeft + x * dot, textTop + y * dot] as const);

  const bar = { left: barLeft, top: barTop, width: barWidth, height: barHeight };
  const shapes = [bar, ...dots.map(([left, top]) => ({ left, top, width: dot, height: dot }))];
  for (const shape of shapes) fill(picture, grow(shape, dot), 0);
  for (const shape of shapes) fill(picture, shape, white);
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const grow = ({ left, top, width, height }: Box, by: number): Box => ({
  left: left - by,
  top: top - by,
  width: width + 2 * by,
  height: height + 2 * by,
});

function fill({ data, width, height, palette }: Picture, box: Box, value: number): void {
  const bytes = palette === null ? 3 : 1;
  const [from, to] = [Math.max(0, box.left), Math.min(width, box.left + box.width)];
  for (let y = Math.max(0, box.top); y < Math.min(height, box.top + box.height); y += 1) {
    data.fill(value, (y * width + from) * bytes, (y * width + to) * bytes);
  }
}
