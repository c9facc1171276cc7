import { extname } from "node:path";
import { type Image, type Labels, ParfocalError, writeAtomically } from "@parfocal/core";
import { highestId } from "../labels/highest-id.ts";
import { encodePng } from "../png/encode-png.ts";
import { refuseInput } from "../refuse-input.ts";
import { drawOutlines } from "./draw.ts";
import { flatten } from "./flatten.ts";
import { stretch } from "./stretch.ts";

export interface WriteOverlayOptions {
  /** Channel to show, from 0. Default: colour pictures ("yxc" with 3 or 4 channels) as they are, else the first channel. */
  readonly channel?: number;
  /** Percentiles of the pixels that become black and white. Default 2 and 99.8; 8-bit colour pictures are not stretched unless given. */
  readonly percentiles?: readonly [lower: number, upper: number];
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
}

/**
 * Draws the outlines of all objects in distinct colours over the image, its contrast stretched, as a PNG.
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
  const flat = flatten(image, labels, options.channel);
  await refuseInput(path, options.inputs);
  const isPhotograph = flat.planes.length === 3 && image.dtype === "uint8" && options.percentiles === undefined;
  const planes = isPhotograph
    ? flat.planes.map((plane) => Uint8ClampedArray.from(plane))
    : stretch(flat.planes, options.percentiles ?? [2, 99.8]);
  const picture = drawOutlines({ ...flat, planes });
  const png = await encodePng(picture);
  await writeAtomically(path, (file) => file.append(png));
  return { path, width: picture.width, height: picture.height, notes: flat.notes };
}
