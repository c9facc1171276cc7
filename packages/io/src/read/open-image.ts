import { stat } from "node:fs/promises";
import { bytesPerElement, elementCount } from "@parfocal/core";
import { jpegReader } from "../jpeg/jpeg-reader.ts";
import { npyReader } from "../npy/npy-reader.ts";
import { pngReader } from "../png/png-reader.ts";
import { tiffReader } from "../tiff/tiff-reader.ts";
import { checkFullness } from "./check-size.ts";
import { choosePart } from "./choose.ts";
import { foreignFormat } from "./foreign-formats.ts";
import type { ImageReader, OpenImage, PixelSource, ReadImage, Reading, ReadOptions } from "./image-reader.ts";
import { openInputFile } from "./input-file.ts";
import { readPart } from "./read-part.ts";
import { unreadable } from "./unreadable.ts";

/** Readers of this package for files: TIFF, PNG, JPEG and `.npy`. Each loads its decoder when it first needs one. OME-Zarr, a folder, is read besides. */
export const builtInReaders: readonly ImageReader[] = [tiffReader, pngReader, jpegReader, npyReader];

export interface ReadImageOptions extends ReadOptions {
  /** Readers to ask, in order. Default {@link builtInReaders}; add others' behind them. */
  readonly readers?: readonly ImageReader[];
}

const headBytes = 4096;

/**
 * Opens an image file, or a folder that is an OME-Zarr. Its format is known by its content, not by its name. Pixels are read when they are asked for, so that an image
 * may be larger than memory. Close it when it is done with.
 *
 * @throws ParfocalError INPUT_NOT_FOUND; INPUT_UNREADABLE for damaged, cut off, empty and unknown files; NPY_INVALID; INPUT_REJECTED when `axes`
 *   or `position` do not fit the file
 */
export async function openImage(path: string, options: ReadImageOptions = {}): Promise<OpenImage> {
  const source = await openSource(path, options);
  const close = async (): Promise<void> => source.close?.();
  return {
    ...source.header,
    path,
    hasWindows: source.readBlock !== undefined && /yxc?$/.test(source.header.axes),
    async read(selection = {}): Promise<ReadImage> {
      const { header } = source;
      const part = choosePart(path, header, selection);
      const image = part.isWhole
        ? { axes: header.axes, ...(await source.readAll()) }
        : await readPart(path, source, part, options.maxBytes);
      const sizes = Object.entries(sizeAt(header, part.level) ?? {}).filter(([axis]) => image.axes.includes(axis));
      const reading = readingOf({ ...options, ...selection });
      return {
        ...image,
        ...(sizes.length > 0 && { pixelSize: Object.fromEntries(sizes) }),
        ...(Object.keys(reading).length > 0 && { reading }),
        notes: header.notes,
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What was chosen, without options that change no pixel. */
function readingOf({ axes, position, channel, z, t, project, window, level }: Reading): Reading {
  const all = { axes, position, channel, z, t, project, window, level };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Pixels of a smaller level are larger. */
function sizeAt({ pixelSize, levels }: PixelSource["header"], level: number): PixelSource["header"]["pixelSize"] {
  const [full, chosen] = [levels?.[0], levels?.[level]];
  if (pixelSize === undefined || level === 0 || full === undefined || chosen === undefined) return pixelSize;
  const { x, y } = pixelSize;
  return {
    ...pixelSize,
    ...(y !== undefined && { y: (y * full.y) / chosen.y }),
    ...(x !== undefined && { x: (x * full.x) / chosen.x }),
  };
}

async function openSource(path: string, { readers = builtInReaders, ...options }: ReadImageOptions): Promise<PixelSource> {
  const folder = await stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (folder) {
    const { openZarr } = await import("../zarr/open-zarr.ts");
    return checked(path, await openZarr(path, options), options);
  }
  const file = await openInputFile(path);
  try {
    const head = await file.read(0, Math.min(headBytes, file.size));
    const reader = readers.find((candidate) => candidate.matches(head, path));
    if (reader === undefined) throw unknownFormat(path, head, readers);
    const source = await reader.open(file, options);
    return {
      ...checked(path, { storedBytes: async () => file.size, ...source }, options),
      async close() {
        await source.close?.();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Asks how full the file is before all of it is taken into memory; for parts, that is asked when they are read. */
function checked(path: string, source: PixelSource, { maxBytes }: ReadOptions): PixelSource {
  const { header, storedBytes } = source;
  return {
    ...source,
    async readAll() {
      const bytes = (elementCount(header.shape) ?? 0) * bytesPerElement(header.dtype);
      if (storedBytes !== undefined) await checkFullness(path, bytes, storedBytes, { shape: header.shape, maxBytes });
      return source.readAll();
    },
  };
}

function unknownFormat(path: string, head: Uint8Array, readers: readonly ImageReader[]): Error {
  const foreign = foreignFormat(head);
  const names = readers.map(({ name }) => (name === "npy" ? ".npy" : name.toUpperCase())).join(", ");
  if (foreign?.module !== undefined) {
    const hint = `install its reader: npm install ${foreign.module}`;
    return unreadable(path, `it is ${foreign.name}, which needs the module ${foreign.module}`, hint);
  }
  const what = foreign === null ? "it is not an image of a known format" : `it is ${foreign.name}, which is not read`;
  return unreadable(path, what, `export it as one of ${names}`);
}
