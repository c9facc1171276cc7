import { type FileHandle, open } from "node:fs/promises";
import type { NdArray } from "../contract/array.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { writeAtomically } from "./atomic-file.ts";
import { bytesOf, checkNdArray } from "./nd-array.ts";
import { decodeNpy } from "./npy-decode.ts";
import { formatNpyHeader, invalid } from "./npy-header.ts";

/** Node refuses single reads of 2 GiB and more. */
const chunkBytes = 1 << 30;

export interface ReadNpyOptions {
  /** Largest file that is read. Default 16 GiB. */
  readonly maxBytes?: number;
}

/**
 * Reads a `.npy` file: any integer, bool, float16, float32 or float64 array, any byte order, C or Fortran order.
 *
 * @returns the array in C order; float16 as float32.
 * @throws ParfocalError INPUT_NOT_FOUND, INPUT_UNREADABLE, NPY_INVALID naming the field that is wrong.
 */
export async function readNpy(path: string, options: ReadNpyOptions = {}): Promise<NdArray> {
  const { maxBytes = 2 ** 34 } = options;
  const file = await openInput(path);
  try {
    const stats = await file.stat();
    if (!stats.isFile())
      throw new ParfocalError("INPUT_UNREADABLE", `${path} is no file`, { hint: "give the path of a .npy file" });
    const { size } = stats;
    if (size > maxBytes)
      throw invalid(path, `${size} bytes are over the limit of ${maxBytes}`, "raise maxBytes, or cut the array into parts");
    const bytes = new Uint8Array(size);
    return await decodeNpy(bytes.subarray(0, await readFully(file, bytes)), path);
  } finally {
    await file.close();
  }
}

/**
 * Writes an array as a `.npy` 1.0 file, C order, little-endian. The file appears under its name only when it is whole.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE, INPUT_REJECTED when data, dtype and shape do not belong together.
 */
export async function writeNpy(path: string, array: NdArray): Promise<void> {
  checkNdArray(array);
  const header = formatNpyHeader(array.dtype, array.shape);
  if (header === null)
    throw invalid(path, `a shape of ${array.shape.length} dimensions does not fit the header`, "write fewer dimensions");
  await writeAtomically(path, async (file) => {
    await file.append(header);
    await file.append(bytesOf(array));
  });
}

async function openInput(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (missing) throw new ParfocalError("INPUT_NOT_FOUND", `${path} does not exist`, { hint: "check the path", cause });
    throw new ParfocalError("INPUT_UNREADABLE", `${path} cannot be opened: ${(cause as Error).message}`, {
      hint: "check that it is a file you may read",
      cause,
    });
  }
}

async function readFully(file: FileHandle, bytes: Uint8Array): Promise<number> {
  let done = 0;
  while (done < bytes.byteLength) {
    const { bytesRead } = await file.read(bytes, done, Math.min(chunkBytes, bytes.byteLength - done), done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
