import {
  bytesPerElement,
  checkNpySize,
  createData,
  decodeNpy,
  type NdArray,
  type NpyHeader,
  ParfocalError,
  parseNpyHeader,
} from "@parfocal/core";
import { formats } from "../formats.ts";
import { checkSize } from "../read/check-size.ts";
import { choosePosition } from "../read/choose.ts";
import type { BlockIndex, ImageReader, ImageWindow, PixelSource, ReadOptions } from "../read/image-reader.ts";
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
  async open(file, options): Promise<PixelSource> {
    const { axes, notes, header } = await readHeader(file, options);
    const { shape, dtype } = header;
    const pages = shape.reduce((product, length, at) => (axes[at] === "z" || axes[at] === "t" ? product * length : product), 1);
    const source: PixelSource = {
      header: { format: "npy", axes, shape, dtype, pages, notes },
      async readAll() {
        checkSize(file.path, shape, dtype, options.maxBytes);
        const bytes = new Uint8Array(file.size);
        await file.readInto(bytes, 0);
        return decodeNpy(bytes, file.path);
      },
    };
    return isDirect(header) ? { ...source, readBlock: (index, window) => readBlock(file, header, axes, index, window) } : source;
  },
};

/** True when the array lies in the file as it is wanted. */
const isDirect = ({ fortranOrder, littleEndian, code, dtype }: NpyHeader): boolean =>
  !fortranOrder && code !== "f2" && (littleEndian || bytesPerElement(dtype) === 1);

/** Rows of a plane, each by itself unless they lie together. */
async function readBlock(
  file: InputFile,
  { shape, dtype, dataOffset }: NpyHeader,
  axes: string,
  index: BlockIndex,
  { y, x }: ImageWindow,
): Promise<NdArray> {
  const samples = axes.endsWith("yxc") ? shape.at(-1)! : 1;
  const outer = axes.slice(0, samples > 1 || axes.endsWith("yxc") ? -3 : -2);
  const width = shape[axes.indexOf("x")]!;
  const plane = [...outer].reduce((sum, axis, at) => sum * shape[at]! + (index[axis as "c"] ?? 0), 0) * shape[axes.indexOf("y")]!;
  const [rows, columns] = [y[1] - y[0], x[1] - x[0]];
  const data = createData(dtype, rows * columns * samples);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const pixel = samples * bytesPerElement(dtype);
  const offsetOf = (row: number): number => dataOffset + ((plane + row) * width + x[0]) * pixel;
  if (columns === width) await file.readInto(bytes, offsetOf(y[0]));
  else {
    for (let row = 0; row < rows; row += 1) {
      await file.readInto(bytes.subarray(row * columns * pixel, (row + 1) * columns * pixel), offsetOf(y[0] + row));
    }
  }
  return { data, dtype, shape: axes.endsWith("yxc") ? [rows, columns, samples] : [rows, columns] };
}

async function readHeader(
  file: InputFile,
  { axes: named, position }: ReadOptions,
): Promise<{ axes: string; notes: readonly string[]; header: NpyHeader }> {
  const header = parseNpyHeader(await file.read(0, Math.min(maxHeaderBytes, file.size)), file.path);
  const { shape, dtype } = header;
  choosePosition(file.path, [], position);
  checkSize(file.path, shape, dtype, Number.POSITIVE_INFINITY);
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
