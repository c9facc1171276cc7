import type { Stack } from "./describe-stack.ts";
import type { Page } from "./page.ts";

/** The shape, and perhaps the axes, that tifffile notes as JSON in files of its own. @returns null when there is none that fits */
export function shapedStack(description: string, pages: readonly Page[]): Omit<Stack, "pixelSize"> | null {
  const noted = parse(description);
  if (noted === null) return null;
  const [page] = pages;
  const { height, width, samples, isPlanar } = page!;
  const inside = [height, width];
  const shape = [...noted.shape];
  const axes = typeof noted.axes === "string" && noted.axes.length === shape.length ? noted.axes.toLowerCase() : null;
  const last = samples > 1 && !isPlanar && shape.at(-1) === samples ? 1 : 0;
  const first = shape.length - inside.length - last;
  if (first < 0 || shape[first] !== height || shape[first + 1] !== width) return null;
  const planar = isPlanar && shape[first - 1] === samples ? 1 : 0;
  const before = shape.slice(0, first - planar);
  const count = before.reduce((product, length) => product * length, 1);
  if (count !== pages.length) return null;
  const named = axes?.slice(0, first - planar) ?? null;
  const isNamed = named !== null && /^[tcz]*$/.test(named) && new Set(named).size === named.length;
  const sampleAxis = planar === 1 ? axes?.[first - 1] : undefined;
  const size = shape.join(" x ");
  return {
    lengths: before,
    axes: isNamed || before.length === 0 ? (named ?? "") : null,
    ...(sampleAxis !== undefined && /[tz]/.test(sampleAxis) && { sampleAxis }),
    order: null,
    isContiguous: false,
    // tifffile stores a stack of 3 or 4 planes as the colours of one page, too
    notes:
      planar === 1 && axes === null ? [`its ${samples} planes are taken as c: nothing in the file names them (${size})`] : [],
  };
}

function parse(description: string): { readonly shape: readonly number[]; readonly axes?: unknown } | null {
  if (!description.startsWith("{")) return null;
  try {
    const value = JSON.parse(description) as { shape?: unknown; axes?: unknown };
    const isShape = Array.isArray(value.shape) && value.shape.every((length) => Number.isSafeInteger(length) && length > 0);
    return isShape ? { shape: value.shape as number[], axes: value.axes } : null;
  } catch {
    return null;
  }
}
