import type { Image, Labels } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { adaptImage } from "../module/adapt-image.ts";
import type { ModuleManifest } from "../module/manifest.ts";

/** Labels and an image in the axes that a measurer takes. */
export interface FittedPair {
  readonly labels: Image;
  readonly image: Image | null;
  /** What was done, for people. */
  readonly notes: readonly string[];
}

/**
 * Fits labels, and an image over the same spatial axes, to what a measurer accepts.
 *
 * @throws ParfocalError INPUT_REJECTED when one of them does not fit, or their spatial axes have other lengths.
 */
export function fitTogether(manifest: ModuleManifest, labels: Labels, image: Image | null): FittedPair {
  const spatialAxes = [...new Set(manifest.accepts.axes.map(spatial))];
  const fitted = adaptImage(labels, { ...manifest, accepts: { axes: spatialAxes, dtypes: ["int32"] } });
  if (image === null) return { labels: fitted.image, image: null, notes: fitted.notes };
  const { axes, shape } = fitted.image;
  const other = adaptImage(
    image,
    manifest,
    manifest.accepts.axes.filter((accepted) => spatial(accepted) === axes),
  );
  const found = other.image.shape.filter((_, axis) => axes.includes(other.image.axes[axis] ?? ""));
  if (found.some((length, axis) => length !== shape[axis])) {
    throw new ParfocalError(
      "INPUT_REJECTED",
      `${manifest.name}: the labels are ${shape.join(" x ")} (${axes}), the image is ${found.join(" x ")}`,
      { hint: "give the image that the labels were made from", details: {} },
    );
  }
  return { labels: fitted.image, image: other.image, notes: [...fitted.notes, ...other.notes] };
}

const spatial = (axes: string): string => [...axes].filter((letter) => !"ct".includes(letter)).join("");
