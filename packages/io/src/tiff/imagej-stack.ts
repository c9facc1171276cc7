import type { PixelSize } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { damaged } from "./damaged.ts";
import type { Stack } from "./describe-stack.ts";
import type { ImageJFields } from "./imagej-description.ts";
import { micrometresPer } from "./length-units.ts";
import { type Page, pageBytes } from "./page.ts";
import type { Directory } from "./read-directories.ts";
import { resolutionOf } from "./resolution.ts";
import { compressions, tags } from "./tags.ts";

/** An ImageJ stack or hyperstack: frames, then slices, then channels. Large ones have a directory for their first page only. */
export function imageJStack(file: InputFile, fields: ImageJFields, directory: Directory, pages: readonly Page[]): Stack {
  const number = (name: string): number => Math.max(1, Number.parseInt(fields.get(name) ?? "1", 10) || 1);
  const images = number("images");
  const isContiguous = images > pages.length && pages.length === 1;
  if (isContiguous) checkContiguous(file, pages[0]!, images);
  const [frames, slices, channels] = [number("frames"), number("slices"), number("channels")];
  const count = isContiguous ? images : pages.length;
  const notes: string[] = [];
  const common = { order: null, isContiguous, ...pixelSizeOf(fields, directory, notes) };
  if (frames * slices * channels !== count) {
    // tools that know only "images" leave the axes to the reader
    if (frames * slices * channels !== 1) {
      notes.push(`ImageJ names ${frames} frames, ${slices} slices, ${channels} channels, the file has ${count} pages`);
    }
    return { ...common, lengths: count > 1 ? [count] : [], axes: count > 1 ? null : "", notes };
  }
  const present = (
    [
      ["t", frames],
      ["z", slices],
      ["c", channels],
    ] as const
  ).filter(([, length]) => length > 1);
  return { ...common, lengths: present.map(([, length]) => length), axes: present.map(([axis]) => axis).join(""), notes };
}

function checkContiguous(file: InputFile, page: Page, images: number): void {
  if (page.compression !== compressions.none || page.block.isTile || page.bits % 8 !== 0) {
    throw damaged(file, `ImageJ names ${images} images, the file has one`);
  }
  const end = page.offsets[0]! + images * pageBytes(page);
  if (end > file.size) throw damaged(file, `it is cut off: ${images} images end at byte ${end} of ${file.size}`);
}

function pixelSizeOf(fields: ImageJFields, directory: Directory, notes: string[]): { readonly pixelSize: PixelSize } {
  const unit = micrometresPer(fields.get("unit") ?? "");
  if (unit === null) {
    const resolution = fields.has("unit") ? { pixelSize: {}, notes: [] } : resolutionOf(directory);
    notes.push(...resolution.notes);
    return { pixelSize: resolution.pixelSize };
  }
  const inY = micrometresPer(fields.get("yunit") ?? "") ?? unit;
  const inZ = micrometresPer(fields.get("zunit") ?? "") ?? unit;
  const sizes: readonly (readonly [string, number])[] = [
    ["z", Math.abs(Number(fields.get("spacing"))) * inZ],
    ["y", inY / (directory.numbers(tags.yResolution)[0] ?? 0)],
    ["x", unit / (directory.numbers(tags.xResolution)[0] ?? 0)],
  ];
  return { pixelSize: Object.fromEntries(sizes.filter(([, size]) => size > 0 && Number.isFinite(size))) };
}
