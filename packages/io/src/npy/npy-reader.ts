import { checkNpySize, decodeNpy, type NdArray, type NpyHeader, ParfocalError, parseNpyHeader } from "@parfocal/core";
import { formats } from "../formats.ts";
import { checkSize } from "../read/check-size.ts";
import type { ImageHeader, ImageReader, ReadOptions } from "../read/image-reader.ts";
import type { InputFile } from "../read/input-file.ts";
import { checkNamedAxes } from "../read/name-axes.ts";
import { unreadable } from "../read/unreadable.ts";

/** numpy writes no longer headers. */
const maxHeaderBytes = 10_012;

/** Reads `.npy` arrays. They name no axes: two dimensions are "yx"; three are "yxc" with 3 or 4 at the end, else "zyx", which is said. */
export const npyReader: ImageReader = {
  name: "npy",
  extensions: formats.npy,
  matches: (head) => Buffer.from(head.subarray(0, 6)).toString("latin1") === "\x93NUMPY",
  async probe(file, options) {
    const { axes, notes, header } = await readHeader(file, options);
    const pages = header.shape.reduce(
      (product, length, at) => (axes[at] === "z" || axes[at] === "t" ? product * length : product),
      1,
    );
    return { format: "npy", axes, shape: header.shape, dtype: header.dtype, pages, notes } satisfies ImageHeader;
  },
  async read(file, options) {
    const { axes, notes } = await readHeader(file, options);
    const bytes = new Uint8Array(file.size);
    await file.readInto(bytes, 0);
    const array: NdArray = await decodeNpy(bytes, file.path);
    return { ...array, axes, notes };
  },
};

async function readHeader(
  file: InputFile,
  { axes: named, maxBytes }: ReadOptions,
): Promise<{ axes: string; notes: readonly string[]; header: NpyHeader }> {
  const header = parseNpyHeader(await file.read(0, Math.min(maxHeaderBytes, file.size)), file.path);
  const { shape, dtype } = header;
  checkSize(file.path, shape, dtype, maxBytes);
  // before the file is read: a header may promise anything
  checkNpySize(header, file.size, file.path);
  if (named !== undefined) {
    checkNamedAxes(file.path, named, shape);
    return { axes: named, notes: [], header };
  }
  return { ...guessAxes(file.path, shape), header };
}

function guessAxes(path: string, shape: readonly number[]): { axes: string; notes: readonly string[] } {
  if (shape.length === 2) return { axes: "yx", notes: [] };
  if (shape.length < 2) {
    const what = shape.length === 0 ? "a single number" : `a row of ${shape[0]} numbers`;
    throw unreadable(path, `it holds ${what}, not an image`, "give an array with at least two dimensions");
  }
  const size = shape.join(" x ");
  const [first, second, last] = shape;
  if (shape.length === 3) {
    const isColour = (last === 3 || last === 4) && first! > 4 && second! > 4;
    const axes = isColour ? "yxc" : "zyx";
    return { axes, notes: [`axes taken as ${axes}: .npy names none, and the array is ${size}`] };
  }
  throw new ParfocalError(
    "INPUT_REJECTED",
    `${path}: nothing says which axes an array of ${shape.length} dimensions (${size}) has`,
    {
      hint: "name them with `axes` (on the command line --axes), for example tzyx",
      details: {},
    },
  );
}
