import { bytesOf, bytesPerElement, createData, type NdArray } from "@parfocal/core";
import { formats } from "../formats.ts";
import type { ImageReader, ReadImage } from "../read/image-reader.ts";
import type { InputFile } from "../read/input-file.ts";
import { damaged } from "./damaged.ts";
import { readLayout, type TiffLayout } from "./layout.ts";
import { type Page, pageBytes } from "./page.ts";
import { isTiff } from "./read-directories.ts";
import { readPage } from "./read-page.ts";

/**
 * Reads TIFF and BigTIFF in either byte order, in strips or tiles, with axes and pixel size from ImageJ, OME-XML or tifffile's notes. Pages
 * that nothing names are "z", which is said. Uncompressed, deflate, LZW and PackBits pages are decoded here, others by geotiff.
 */
export const tiffReader: ImageReader = {
  name: "tiff",
  extensions: formats.tiff,
  matches: isTiff,
  async probe(file, options) {
    const { axes, shape, dtype, pixelSize, pages, contiguous, notes } = await readLayout(file, options);
    return { format: "tiff", axes, shape, dtype, ...sizeOf(pixelSize), pages: pages.length * contiguous, notes };
  },
  async read(file, options) {
    const layout = await readLayout(file, options);
    const { axes, shape, dtype, pixelSize, notes } = layout;
    return { data: await readPixels(file, layout), shape, dtype, axes, ...sizeOf(pixelSize), notes };
  },
};

const sizeOf = (pixelSize: TiffLayout["pixelSize"]): Pick<ReadImage, "pixelSize"> =>
  Object.keys(pixelSize).length > 0 ? { pixelSize } : {};

async function readPixels(file: InputFile, layout: TiffLayout): Promise<NdArray["data"]> {
  const { pages, contiguous, samples, dtype, shape } = layout;
  const length = shape.reduce((product, side) => product * side, 1);
  const data = createData(dtype, length);
  const bytes = bytesOf({ data, dtype, shape });
  if (contiguous > 1) {
    await readContiguous(file, pages[0]!, bytes);
    return data;
  }
  const size = bytes.byteLength / pages.length;
  if (pages.some(({ isUnusual }) => isUnusual)) {
    await readUnusual(file, pages, samples, data);
    return data;
  }
  for (const [index, page] of pages.entries()) {
    const target = bytes.subarray(index * size, (index + 1) * size);
    if (!page.hasAlpha || page.isPlanar) {
      await readPage(file, page, target);
      continue;
    }
    const whole = new Uint8Array(pageBytes(page));
    await readPage(file, page, whole);
    dropLast(whole, target, page.samples, bytesPerElement(page.dtype));
  }
  return data;
}

/** All pages follow the first one's pixels without directories of their own. */
async function readContiguous(file: InputFile, page: Page, bytes: Uint8Array): Promise<void> {
  await file.readInto(bytes, page.offsets[0]!);
  if (page.isLittleEndian || page.bits === 8) return;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (page.bits === 16) buffer.swap16();
  else if (page.bits === 32) buffer.swap32();
  else buffer.swap64();
}

async function readUnusual(file: InputFile, pages: readonly Page[], samples: number, data: NdArray["data"]): Promise<void> {
  const { openUnusualPages } = await import("./read-unusual-page.ts");
  const reader = await openUnusualPages(file);
  try {
    const size = data.length / pages.length;
    for (const [index, page] of pages.entries()) {
      const raster = await reader.read(page);
      if (raster.length !== page.width * page.height * page.samples) {
        throw damaged(
          file,
          `page ${page.index + 1} holds ${raster.length} samples, not ${page.width * page.height * page.samples}`,
        );
      }
      const kept = page.hasAlpha && !page.isPlanar ? withoutLast(raster, page.samples, samples) : raster;
      const target = data.subarray(index * size, (index + 1) * size) as Uint8Array;
      target.set((kept as Uint8Array).subarray(0, size));
    }
  } finally {
    await reader.close();
  }
}

function withoutLast(raster: NdArray["data"], samples: number, kept: number): NdArray["data"] {
  return (raster as Uint8Array).filter((_, index) => index % samples < kept);
}

function dropLast(whole: Uint8Array, target: Uint8Array, samples: number, bytesPerSample: number): void {
  const kept = (samples - 1) * bytesPerSample;
  for (let from = 0, to = 0; from < whole.length; from += samples * bytesPerSample, to += kept) {
    for (let byte = 0; byte < kept; byte += 1) target[to + byte] = whole[from + byte]!;
  }
}
