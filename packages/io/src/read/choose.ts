import { ParfocalError } from "@parfocal/core";
import type { BlockIndex, ImageHeader, ImageSelection, ImageWindow } from "./image-reader.ts";

/** A selection, checked against an image. */
export interface ChosenPart {
  /** Axes that one index is taken of. */
  readonly fixed: BlockIndex;
  readonly window: ImageWindow;
  readonly level: number;
  readonly project: "max" | "mean" | null;
  /** True when nothing is left out. */
  readonly isWhole: boolean;
}

/** @throws ParfocalError INPUT_REJECTED saying what the image has in place of what was asked for */
export function choosePart(path: string, header: ImageHeader, selection: ImageSelection): ChosenPart {
  const { channel, z, t, project, window, level = 0 } = selection;
  const fixed: Record<string, number> = {};
  if (channel !== undefined) fixed.c = channelIndex(path, header, channel);
  for (const [axis, index] of Object.entries({ z, t })) {
    if (index !== undefined) fixed[axis] = checkIndex(path, axis, index, lengthOf(header, axis));
  }
  if (project !== undefined && z !== undefined) {
    throw rejected(`${path}: one plane of z is chosen, and z is to be projected`, "choose one of the two: --z or --project");
  }
  const levels = header.levels ?? [{ y: lengthOf(header, "y"), x: lengthOf(header, "x") }];
  const size = levels[checkIndex(path, "level", level, levels.length)]!;
  const whole: ImageWindow = { y: [0, size.y], x: [0, size.x] };
  const chosen = window ?? whole;
  for (const axis of ["y", "x"] as const) {
    const [start, stop] = chosen[axis];
    if (Number.isInteger(start) && Number.isInteger(stop) && 0 <= start && start < stop && stop <= size[axis]) continue;
    throw rejected(
      `${path} has no ${axis} from ${start} to ${stop}: the image is ${size.y} x ${size.x}`,
      "choose a window inside the image",
    );
  }
  const kept = Object.fromEntries(Object.entries(fixed).filter(([axis]) => header.axes.includes(axis)));
  const projects = project !== undefined && header.axes.includes("z");
  const isWhole = Object.keys(kept).length === 0 && window === undefined && level === 0 && !projects;
  return { fixed: kept, window: chosen, level, project: projects ? project : null, isWhole };
}

/** Index of a channel that is given by name, whatever its case, or by index; a name that is a number counts before an index. */
function channelIndex(path: string, header: ImageHeader, channel: string | number): number {
  const names = header.channels ?? [];
  const count = lengthOf(header, "c");
  const wanted = String(channel);
  const exact = typeof channel === "string" ? names.indexOf(wanted) : -1;
  const same = names.flatMap((name, index) => (name.toLowerCase() === wanted.toLowerCase() ? [index] : []));
  const found = exact >= 0 ? exact : same.length === 1 ? same[0]! : -1;
  if (typeof channel === "string" && found >= 0) return found;
  const index = /^\d+$/.test(wanted) ? Number(wanted) : -1;
  if (index >= 0 && index < count) return index;
  const numbers = count === 1 ? "one channel, 0" : `channels 0 to ${count - 1}`;
  const known = names.length > 0 ? `${numbers}: ${names.join(", ")}` : numbers;
  throw rejected(`${path} has no channel ${wanted}; it has ${known}`, "give the name or the number of a channel that it has");
}

function checkIndex(path: string, axis: string, index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  const found = length === 1 ? `${axis} 0 alone` : `${axis} 0 to ${length - 1}`;
  throw rejected(`${path} has no ${axis} ${index}; it has ${found}`, "choose one that it has; counting begins at 0");
}

/** Index of the field of view that is wanted. @throws ParfocalError INPUT_REJECTED naming those there are */
export function choosePosition(path: string, names: readonly string[], wanted: string | number = 0): number {
  const named = typeof wanted === "string" ? names.indexOf(wanted) : -1;
  if (named >= 0) return named;
  const index = /^\d+$/.test(String(wanted)) ? Number(wanted) : -1;
  if (index >= 0 && index < Math.max(1, names.length)) return index;
  const numbers = names.length > 1 ? `positions 0 to ${names.length - 1}` : "one position, 0";
  const shown = names.filter((name) => name !== "");
  const known = shown.length > 0 ? `: ${shown.slice(0, 20).join(", ")}${shown.length > 20 ? ", ..." : ""}` : "";
  throw rejected(`${path} has no position ${wanted}; it has ${numbers}${known}`, "choose one that it has; counting begins at 0");
}

export const lengthOf = ({ axes, shape }: Pick<ImageHeader, "axes" | "shape">, axis: string): number =>
  shape[axes.indexOf(axis)] ?? 1;

function rejected(message: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", message, { hint, details: {} });
}
