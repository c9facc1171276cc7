import { extname } from "node:path";
import { bytesOf, type Labels, ParfocalError, type PixelSize, transposeAxes, writeNpy } from "@parfocal/core";
import { refuseInput } from "../refuse-input.ts";
import { formatImageJDescription } from "../tiff/imagej-description.ts";
import { formatOmeDescription } from "../tiff/write-ome-description.ts";
import { writeStack } from "../tiff/write-stack.ts";
import { highestId } from "./highest-id.ts";

export interface WriteLabelsOptions {
  /** Micrometres, by axis. Default: the labels' own `pixelSize`. */
  readonly pixelSize?: PixelSize;
  /** Files that must not be replaced: what the labels were made from. */
  readonly inputs?: readonly string[];
}

/** What was written. */
export interface WrittenLabels {
  readonly path: string;
  readonly format: "tiff" | "ome-tiff" | "npy" | "zarr";
  /** Element type in the file. */
  readonly dtype: "uint16" | "uint32" | "int32";
}

const largestUint16 = 65_535;

/**
 * Writes labels as TIFF (`.tif`, `.tiff`), OME-TIFF (`.ome.tif`), OME-Zarr (`.zarr`) or `.npy`, by the name's extension. Ids are never changed.
 *
 * TIFF: uint16 while all ids fit (65,535), uint32 beyond, deflate; one page for each plane, axes in ImageJ's order `t`, `z`, `y`, `x`,
 * pixel size in micrometres, display range from 0 to the highest id. OME-TIFF: the same pixels
 * with OME-XML in place of ImageJ's text. OME-Zarr: a label image of version 0.5 with levels, also as `image.zarr/labels/NAME`, which adds it to that
 * image's list. `.npy`: int32, axes as they are.
 *
 * @param labels int32 from 0; axes of `t`, `z`, `y`, `x`
 * @throws ParfocalError OUTPUT_UNWRITABLE, also for another extension and for a path that is one of `inputs`; INPUT_REJECTED for
 *   negative ids, empty labels, and axes that do not describe them
 */
export async function writeLabels(path: string, labels: Labels, options: WriteLabelsOptions = {}): Promise<WrittenLabels> {
  const format = formatOf(path);
  checkLabels(labels);
  const highest = highestId(labels.data);
  await refuseInput(path, options.inputs);
  if (format === "npy") {
    await writeNpy(path, labels);
    return { path, format, dtype: "int32" };
  }
  const dtype = highest > largestUint16 ? "uint32" : "uint16";
  const pixelSize = options.pixelSize ?? labels.pixelSize;
  const ordered = inOrder(labels);
  if (format === "zarr") {
    const { writeZarrLabels } = await import("../zarr/write-zarr-labels.ts");
    await writeZarrLabels(path, ordered, dtype, pixelSize);
  } else await writeTiff(path, ordered, { dtype, highest, pixelSize, isOme: format === "ome-tiff" });
  return { path, format, dtype };
}

/** Labels with their axes in the order `t`, `z`, `y`, `x`. */
function inOrder(labels: Labels): Labels {
  const axes = [..."tzyx"].filter((axis) => labels.axes.includes(axis)).join("");
  if (axes === labels.axes) return labels;
  const order = [...axes].map((axis) => labels.axes.indexOf(axis));
  return { ...transposeAxes(labels, order), axes };
}

interface TiffForm {
  readonly dtype: "uint16" | "uint32";
  readonly highest: number;
  readonly pixelSize: PixelSize | undefined;
  readonly isOme: boolean;
}

function writeTiff(path: string, { data, axes, shape }: Labels, { dtype, highest, pixelSize, isOme }: TiffForm): Promise<void> {
  const lengthOf = (axis: string): number => shape[axes.indexOf(axis)] ?? 1;
  const [frames, slices, height, width] = [lengthOf("t"), lengthOf("z"), lengthOf("y"), lengthOf("x")];
  return writeStack(path, {
    pages: frames * slices,
    height,
    width,
    bitsPerSample: dtype === "uint16" ? 16 : 32,
    rows(from, to) {
      const ids = data.subarray(from * width, to * width);
      const pixels = dtype === "uint16" ? new Uint16Array(ids) : new Uint32Array(ids);
      return bytesOf({ data: pixels, dtype, shape: [pixels.length] });
    },
    description: isOme
      ? formatOmeDescription({ frames, slices, height, width, dtype, pixelSize })
      : formatImageJDescription({ frames, slices, pixelSize, min: 0, max: Math.max(1, highest) }),
    resolution: [pixelsPerMicrometre(pixelSize?.x), pixelsPerMicrometre(pixelSize?.y)],
  });
}

/** A rational that keeps decimal pixel sizes exact: 1e9 / 325000000 for 0.325 micrometres; 1/1 when the size is not known. */
function pixelsPerMicrometre(size: number | undefined): [number, number] {
  if (size === undefined || !(size > 0)) return [1, 1];
  const scale = size < 4 ? 1e9 : size < 4000 ? 1e6 : 1;
  return [scale, Math.max(1, Math.min(0xffff_ffff, Math.round(size * scale)))];
}

function formatOf(path: string): WrittenLabels["format"] {
  const extension = extname(path).toLowerCase();
  if (extension === ".npy") return "npy";
  if (extension === ".zarr" || /\.zarr[\\/]labels[\\/][^\\/]+$/i.test(path)) return "zarr";
  if (/\.ome\.tiff?$/i.test(path)) return "ome-tiff";
  if (extension === ".tif" || extension === ".tiff") return "tiff";
  const ending = extension === "" ? "no extension" : `the extension ${extension}`;
  throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: labels have no format with ${ending}`, {
    hint: "end the name in .tif, .ome.tif, .zarr or .npy",
  });
}

function checkLabels(labels: Labels): void {
  const { axes, shape, data } = labels;
  const text = `axes "${axes}" with shape ${shape.join(" x ")}`;
  const isKnown = /^[tzyx]+$/.test(axes) && new Set(axes).size === axes.length && axes.includes("y") && axes.includes("x");
  const elements = shape.reduce((product, length) => product * length, 1);
  if (!isKnown || axes.length !== shape.length || elements !== data.length) {
    throw rejected(`${text} do not describe labels`, "give labels whose axes are y, x and perhaps z and t");
  }
  if (elements === 0) throw rejected(`${text} are empty`, "give labels with at least one pixel");
}

function rejected(what: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", `labels cannot be used: ${what}`, { hint, details: {} });
}
