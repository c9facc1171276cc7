import type { Image } from "@parfocal/core";
import type { Picture } from "../png/encode-png.ts";
import { drawScene, type Scene } from "./draw.ts";
import { flattenImage } from "./flatten.ts";
import { stretch } from "./stretch.ts";

export interface PrepareOverlayOptions {
  /** Channel to show, from 0. Default: colour pictures ("yxc" with 3 or 4 channels) as they are, else the first channel. */
  readonly channel?: number;
  /** Percentiles of the pixels that become black and white. Default 2 and 99.8; 8-bit colour pictures are not stretched unless given. */
  readonly percentiles?: readonly [lower: number, upper: number];
}

/** An overlay that only lacks its outlines. */
export interface PreparedOverlay {
  readonly picture: Picture;
  readonly scene: Scene;
  /** What the picture does not show, for people. */
  readonly notes: readonly string[];
}

/**
 * Does what can be done of an overlay before there are labels, for example while a model computes them.
 *
 * @param image any axes with `y` and `x`, any dtype
 * @throws ParfocalError INPUT_REJECTED when axes do not describe the image, or there is no such channel
 */
export function prepareOverlay(image: Image, { channel, percentiles }: PrepareOverlayOptions = {}): PreparedOverlay {
  const flat = flattenImage(image, channel);
  const isPhotograph = flat.planes.length === 3 && image.dtype === "uint8" && percentiles === undefined;
  const planes = isPhotograph
    ? flat.planes.map((plane) => Uint8ClampedArray.from(plane))
    : stretch(flat.planes, percentiles ?? [2, 99.8]);
  const scene = { width: flat.width, height: flat.height, planes };
  return { picture: drawScene(scene), scene, notes: flat.notes };
}
