import { extname } from "node:path";
import { type Image, type Labels, ParfocalError, type PixelSize, writeAtomically } from "@parfocal/core";
import { highestId } from "../labels/highest-id.ts";
import { encodePng } from "../png/encode-png.ts";
import { refuseInput } from "../refuse-input.ts";
import { drawOutlines, drawScale } from "./draw.ts";
import { flattenLabels } from "./flatten.ts";
import { type PreparedOverlay, type PrepareOverlayOptions, prepareOverlay } from "./prepare-overlay.ts";
import { createThumbnail } from "./thumbnail.ts";

export interface WriteOverlayOptions extends PrepareOverlayOptions {
  /** What {@link prepareOverlay} made of this image beforehand; used up. */
  readonly prepared?: PreparedOverlay;
  /** Micrometres by axis, for the scale bar. Default: the image's own `pixelSize`; without one there is no bar. */
  readonly pixelSize?: PixelSize;
  /** Longest side of a small copy to make as well, in pixels. */
  readonly thumbnail?: number;
  /** Files that must not be replaced: what the overlay was made from. */
  readonly inputs?: readonly string[];
}

/** What was drawn. */
export interface WrittenOverlay {
  readonly path: string;
  /** Pixels of the picture: images under 1024 are enlarged by a whole factor, those over 4096 reduced. */
  readonly width: number;
  readonly height: number;
  /** What the picture does not show, for people: "shows plane 16 of 31". */
  readonly notes: readonly string[];
  /** The small copy that was asked for, PNG. */
  readonly thumbnail?: Uint8Array;
}

/**
 * Draws the outlines of all objects in distinct colours over the image, its contrast stretched, as a PNG, with a scale bar where the pixel
 * size is known.
 *
 * Of stacks the plane in the middle is shown, of time series the first time point.
 *
 * @param image any axes with `y` and `x`, any dtype
 * @param labels of this image, int32, 0 is background
 * @throws ParfocalError OUTPUT_UNWRITABLE, also for another extension than .png and for a path that is one of `inputs`; INPUT_REJECTED
 *   when image and labels do not lie on each other
 */
export async function writeOverlay(
  path: string,
  image: Image,
  labels: Labels,
  options: WriteOverlayOptions = {},
): Promise<WrittenOverlay> {
  if (extname(path).toLowerCase() !== ".png") {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: overlays are PNG`, {
      hint: "end the name in .png",
    });
  }
  highestId(labels.data);
  const { picture, scene, notes } = options.prepared ?? prepareOverlay(image, options);
  const ids = flattenLabels(image, labels);
  await refuseInput(path, options.inputs);
  drawOutlines(picture, scene, ids);
  const pixelSize = options.pixelSize ?? image.pixelSize;
  if (pixelSize?.x !== undefined) drawScale(picture, scene, pixelSize.x);
  const thumbnail = options.thumbnail === undefined ? null : await createThumbnail(picture, options.thumbnail);
  const png = await encodePng(picture);
  await writeAtomically(path, (file) => file.append(png));
  return { path, width: picture.width, height: picture.height, notes, ...(thumbnail && { thumbnail }) };
}
