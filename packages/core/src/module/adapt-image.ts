import { transposeAxes } from "../array/nd-array.ts";
import type { Image, NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleManifest } from "./manifest.ts";
import { remembered } from "./remembered.ts";

/** An image in the axis order that the worker takes, and the way back. */
export interface AdaptedImage {
  readonly image: Image;
  /** What was done, for people: "dropped axis z of length 1". Empty when the image fitted as it was. */
  readonly notes: readonly string[];
  /** Gives labels over the adapted image's spatial axes the input's spatial axes, order and singletons back. */
  restore(labels: NdArray): Image;
}

const nonSpatial = new Set(["c", "t"]);

/**
 * Fits an image to what a module accepts by adding or dropping axes of length 1 and by reordering axes; never guesses, never converts pixels.
 *
 * @param axes axis orders to accept in place of the manifest's, for a worker whose loaded model takes only some of them.
 * @throws ParfocalError INPUT_REJECTED when axes do not describe the array, no accepted order fits, or the dtype is not accepted.
 */
export function adaptImage(
  image: Image,
  manifest: ModuleManifest,
  axes: readonly string[] = manifest.accepts.axes,
): AdaptedImage {
  const target = chooseAxes(image, manifest, axes);
  return target === image.axes ? unchanged(image) : changed(image, target);
}

/**
 * Refuses what {@link adaptImage} would refuse, without touching a pixel.
 *
 * @throws ParfocalError INPUT_REJECTED as `adaptImage` does.
 */
export function checkImage(image: Image, manifest: ModuleManifest): void {
  chooseAxes(image, manifest, manifest.accepts.axes);
}

/** The accepted axis order that the image reaches with the fewest changes. */
function chooseAxes(image: Image, manifest: ModuleManifest, axes: readonly string[]): string {
  checkAxes(image, manifest);
  if (!manifest.accepts.dtypes.includes(image.dtype)) {
    throw rejected(
      manifest,
      `takes ${manifest.accepts.dtypes.join(", ")}, the image is ${image.dtype}`,
      "convert the image to one of these types",
    );
  }
  if (axes.includes(image.axes)) return image.axes;
  const candidates = axes
    .map((target) => ({ target, cost: adaptationCost(image, target) }))
    .filter(({ cost }) => cost < Infinity);
  const [best] = candidates.sort((a, b) => a.cost - b.cost);
  if (best === undefined) {
    const given = `axes ${image.axes} (${image.shape.join(" x ")})`;
    throw rejected(manifest, `takes images with axes ${axes.join(" or ")}, this one has ${given}`, adviceFor(image, axes));
  }
  return best.target;
}

function checkAxes(image: Image, manifest: ModuleManifest): void {
  if (!areAxes(image.axes)) {
    throw rejected(
      manifest,
      `the axes "${image.axes}" are not each one of t, c, z, y, x, once`,
      'name the axes of the array in order, for example "yx" or "zyx"',
    );
  }
  if (image.axes.length !== image.shape.length) {
    const shape = `${image.shape.length} dimensions (${image.shape.join(" x ")})`;
    throw rejected(manifest, `the axes "${image.axes}" do not fit an array of ${shape}`, "give one letter for each dimension");
  }
  if (image.shape.some((length) => length === 0)) {
    throw rejected(manifest, `the image is empty (${image.shape.join(" x ")})`, "give an image with at least one pixel");
  }
}

/** Number of changes that turn the image's axes into the target's; Infinity when an axis with content would be lost. */
function adaptationCost(image: Image, target: string): number {
  const dropped = [...image.axes].filter((letter) => !target.includes(letter));
  if (dropped.some((letter) => lengthOf(image, letter) !== 1)) return Infinity;
  const added = [...target].filter((letter) => !image.axes.includes(letter));
  const kept = [...image.axes].filter((letter) => target.includes(letter)).join("");
  const reordered = [...target].filter((letter) => image.axes.includes(letter)).join("") !== kept;
  return dropped.length + added.length + (reordered ? 1 : 0);
}

function unchanged(image: Image): AdaptedImage {
  const axes = spatial(image.axes);
  return { image, notes: [], restore: (labels) => withAxes(labels, axes, image) };
}

function changed(image: Image, target: string): AdaptedImage {
  const notes: string[] = [];
  const keptAxes = [...image.axes].filter((letter) => target.includes(letter)).join("");
  for (const letter of image.axes) if (!target.includes(letter)) notes.push(`dropped axis ${letter} of length 1`);
  const orderedAxes = [...target].filter((letter) => image.axes.includes(letter)).join("");
  let array: NdArray = { data: image.data, dtype: image.dtype, shape: shapeFor(image, keptAxes) };
  if (orderedAxes !== keptAxes) {
    notes.push(`reordered axes ${keptAxes} to ${orderedAxes}`);
    array = transposeAxes(
      array,
      [...orderedAxes].map((letter) => keptAxes.indexOf(letter)),
    );
  }
  for (const letter of target) if (!image.axes.includes(letter)) notes.push(`added axis ${letter} of length 1`);
  const adapted = withAxes({ ...array, shape: shapeFor(image, target) }, target, image);
  return { image: adapted, notes, restore: (labels) => restoreLabels(labels, image, target) };
}

function restoreLabels(labels: NdArray, image: Image, target: string): Image {
  const wanted = spatial(image.axes);
  const present = [...spatial(target)].filter((letter) => wanted.includes(letter)).join("");
  const squeezed = { ...labels, shape: shapeFor(image, present) };
  const order = [...wanted].filter((letter) => present.includes(letter)).map((letter) => present.indexOf(letter));
  const ordered = order.every((from, to) => from === to) ? squeezed : transposeAxes(squeezed, order);
  return withAxes({ ...ordered, shape: shapeFor(image, wanted) }, wanted, image);
}

const areAxes = remembered((axes: string) => /^[tczyx]+$/.test(axes) && new Set(axes).size === axes.length);
const spatial = remembered((axes: string) => [...axes].filter((letter) => !nonSpatial.has(letter)).join(""));
const lengthOf = (image: Image, letter: string): number => image.shape[image.axes.indexOf(letter)] ?? 1;
const shapeFor = (image: Image, axes: string): number[] => [...axes].map((letter) => lengthOf(image, letter));

function withAxes(array: NdArray, axes: string, source: Image): Image {
  return { ...array, axes, ...(source.pixelSize && { pixelSize: source.pixelSize }) };
}

function adviceFor(image: Image, accepted: readonly string[]): string {
  const extra = [...image.axes].filter(
    (letter) => lengthOf(image, letter) > 1 && !accepted.some((axes) => axes.includes(letter)),
  );
  const ways: Record<string, string> = {
    t: "choose one time point (on the command line --t N)",
    c: "choose one channel (on the command line --channel NAME)",
    z: "choose one plane (on the command line --z N, or --project max)",
  };
  const [first] = extra.map((letter) => ways[letter]).filter((way) => way !== undefined);
  return first === undefined
    ? "name the axes yourself with `axes` (on the command line --axes), or choose a model that takes such images"
    : `${first}, or name the axes yourself with \`axes\` (--axes)`;
}

function rejected(manifest: ModuleManifest, what: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", `${manifest.name}: ${what}`, { hint, details: {} });
}
