import type { PixelSize } from "@parfocal/core";

/** What ImageJ's text in ImageDescription says, as key and value. */
export type ImageJFields = ReadonlyMap<string, string>;

/** The fields of an ImageJ description, null when the text is none. */
export function parseImageJDescription(description: string): ImageJFields | null {
  if (!description.startsWith("ImageJ=")) return null;
  const fields = new Map<string, string>();
  for (const line of description.split(/\r?\n/)) {
    const at = line.indexOf("=");
    if (at > 0) fields.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  return fields;
}

export interface ImageJStack {
  /** Lengths of the axes before y and x; 1 where there is no such axis. */
  readonly frames: number;
  readonly slices: number;
  readonly pixelSize: PixelSize | undefined;
  /** Display range. */
  readonly min: number;
  readonly max: number;
}

/** The description that makes ImageJ open a stack with its axes, pixel size in micrometres and display range. */
export function formatImageJDescription({ frames, slices, pixelSize, min, max }: ImageJStack): string {
  const images = frames * slices;
  const lines = ["ImageJ=1.54f"];
  if (images > 1) lines.push(`images=${images}`);
  if (slices > 1) lines.push(`slices=${slices}`);
  if (frames > 1) lines.push(`frames=${frames}`);
  if (frames > 1 && slices > 1) lines.push("hyperstack=true");
  if (images > 1) lines.push("mode=grayscale");
  if (pixelSize?.x !== undefined || pixelSize?.y !== undefined || pixelSize?.z !== undefined) lines.push("unit=micron");
  if (pixelSize?.z !== undefined) lines.push(`spacing=${pixelSize.z}`);
  lines.push("loop=false", `min=${min}`, `max=${max}`);
  return `${lines.join("\n")}\n`;
}
