import { type Labels, type NdArray, ParfocalError } from "@parfocal/core";
import type { ReadImage } from "../read/image-reader.ts";
import type { ReadImageOptions } from "../read/open-image.ts";
import { readImage } from "../read/read-image.ts";

const highestInt32 = 2 ** 31 - 1;
const mostBytes = 2 ** 34;

/**
 * Reads an image file whose pixels are object ids: any integer type, and floats that hold whole numbers, as ImageJ has of 32-bit labels.
 *
 * @returns int32 labels, axes without those of length one beside `z`, `y`, `x`
 * @throws ParfocalError INPUT_REJECTED for pixels that are no ids (negative, fractions, above 2^31 - 1) and for several channels; else as
 *   {@link readImage}
 */
export async function readLabels(path: string, options: ReadImageOptions = {}): Promise<Labels> {
  // labels are nearly empty by nature
  return toLabels(await readImage(path, { maxBytes: mostBytes, ...options }), path);
}

/**
 * Takes an image that was read as labels.
 *
 * @returns as {@link readLabels}; pixels that are int32 already are not copied
 * @throws ParfocalError INPUT_REJECTED, naming `path`
 */
export function toLabels(image: ReadImage, path: string): Labels {
  const kept = [...image.axes].flatMap((axis, index) => ("tzyx".includes(axis) || image.shape[index] !== 1 ? [index] : []));
  const axes = kept.map((index) => image.axes[index]).join("");
  if (axes.includes("c")) {
    const channels = image.shape[image.axes.indexOf("c")];
    throw rejected(
      path,
      `it has ${channels} channels`,
      "labels have one number for each pixel; give those, not a picture of them",
    );
  }
  return {
    data: toIds(image, path),
    shape: kept.map((index) => image.shape[index]!),
    dtype: "int32",
    axes,
    ...(image.pixelSize && { pixelSize: image.pixelSize }),
  };
}

function toIds({ data, dtype }: NdArray, path: string): Int32Array {
  if (dtype === "int32") return checkNegative(data as Int32Array, path);
  const ids = new Int32Array(data.length);
  for (let index = 0; index < data.length; index += 1) {
    const value = Number(data[index]);
    if (!(Number.isInteger(value) && value >= 0 && value <= highestInt32)) {
      throw rejected(path, `it has the pixel value ${value}`, "labels are whole numbers from 0, which is background");
    }
    ids[index] = value;
  }
  return ids;
}

function checkNegative(ids: Int32Array, path: string): Int32Array {
  const negative = ids.find((id) => id < 0);
  if (negative === undefined) return ids;
  throw rejected(path, `it has the pixel value ${negative}`, "labels are whole numbers from 0, which is background");
}

function rejected(path: string, why: string, hint: string): ParfocalError<"INPUT_REJECTED"> {
  return new ParfocalError("INPUT_REJECTED", `${path} holds no labels: ${why}`, { hint, details: {} });
}
