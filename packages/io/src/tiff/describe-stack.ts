import type { PixelSize } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { parseImageJDescription } from "./imagej-description.ts";
import { imageJStack } from "./imagej-stack.ts";
import type { Page } from "./page.ts";
import type { Directory } from "./read-directories.ts";
import { resolutionOf } from "./resolution.ts";
import { shapedStack } from "./shaped-stack.ts";
import { tags } from "./tags.ts";

/** Which pages make up the image, and the axes before those inside a page. */
export interface Stack {
  /** Lengths of the axes along which pages follow each other, slowest first. */
  readonly lengths: readonly number[];
  /** Their names, as many as lengths; null where nothing in the file names them. */
  readonly axes: string | null;
  /** Pages in the order of the axes, as indices of the file's pages; null: from the first on, in file order. */
  readonly order: readonly number[] | null;
  /** True when the file has a directory for the first page only and the others' pixels follow its own. */
  readonly isContiguous: boolean;
  /** Name of the axis that the samples of planar pages lie along, where it is not c. */
  readonly sampleAxis?: string;
  readonly pixelSize: PixelSize;
  readonly notes: readonly string[];
}

/**
 * What a file without OME-XML says of its pages: ImageJ's text, the shape that tifffile notes, or nothing.
 *
 * @param pages those of the first page's size and type that follow it
 */
export function describeStack(file: InputFile, directory: Directory, pages: readonly Page[]): Stack {
  const description = directory.text(tags.imageDescription);
  const imageJ = parseImageJDescription(description);
  if (imageJ !== null) return imageJStack(file, imageJ, directory, pages);
  const resolution = resolutionOf(directory);
  const shaped = shapedStack(description, pages);
  if (shaped !== null) return { ...shaped, ...resolution, notes: [...shaped.notes, ...resolution.notes] };
  return { ...plainStack(pages), ...resolution, notes: [...metaMorphNotes(directory, pages), ...resolution.notes] };
}

function plainStack(pages: readonly Page[]): Pick<Stack, "lengths" | "axes" | "order" | "isContiguous"> {
  return {
    lengths: pages.length > 1 ? [pages.length] : [],
    axes: pages.length > 1 ? null : "",
    order: null,
    isContiguous: false,
  };
}

function metaMorphNotes(directory: Directory, pages: readonly Page[]): readonly string[] {
  const planes = directory.numbers(tags.metaMorphPlanes).length;
  return planes > 0 && pages.length === 1 ? ["a MetaMorph stack: only its first plane is read"] : [];
}
