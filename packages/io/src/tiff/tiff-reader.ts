import { bytesOf, createData, type NdArray } from "@parfocal/core";
import { formats } from "../formats.ts";
import { checkSize } from "../read/check-size.ts";
import type { ImageReader, PixelSource } from "../read/image-reader.ts";
import { findLevels } from "./find-levels.ts";
import { readLayout, type TiffLayout } from "./layout.ts";
import { createPageReader, type PageReader } from "./page-reader.ts";
import { isTiff } from "./read-directories.ts";
import { wholePage } from "./read-page.ts";

/**
 * Reads TIFF and BigTIFF in either byte order, in strips or tiles, with axes and pixel size from ImageJ, OME-XML or tifffile's notes. Pages
 * that nothing names are "z", which is said. Uncompressed, deflate, LZW and PackBits pages are decoded here, others by geotiff.
 */
export const tiffReader: ImageReader = {
  name: "tiff",
  extensions: formats.tiff,
  matches: isTiff,
  async open(file, options): Promise<PixelSource> {
    const layout = await readLayout(file, options);
    const { axes, shape, dtype, pixelSize, pages, contiguous, channels, positions, notes } = layout;
    const levels = await findLevels(file, layout);
    const reader = createPageReader(file, layout.samples);
    const header = {
      format: "tiff",
      axes,
      shape,
      dtype,
      ...(Object.keys(pixelSize).length > 0 && { pixelSize }),
      ...(channels.length > 0 && { channels }),
      ...(positions.length > 0 && { positions }),
      ...(levels.sizes.length > 1 && { levels: levels.sizes }),
      pages: pages.length * contiguous,
      notes,
    };
    const source: PixelSource = {
      header,
      async readAll() {
        checkSize(file.path, shape, dtype, options.maxBytes);
        return { data: await readPixels(layout, reader), shape, dtype };
      },
      close: () => reader.close(),
    };
    // axes that were renamed need not be those of pages any more
    const inner = axes.slice(layout.pageLengths.length);
    if (!/^(c?yx|yxc|[tz]yx)$/.test(inner)) return source;
    return {
      ...source,
      async readBlock(index, { y, x }, level) {
        const at = [...layout.pageAxes].reduce((sum, axis, i) => sum * layout.pageLengths[i]! + (index[axis as "c"] ?? 0), 0);
        const page = await levels.pageAt(level, at);
        const planes = page.isPlanar && inner.length === 3 ? [index[inner[0] as "c"] ?? 0] : wholePage(page).planes;
        const part = { top: y[0], left: x[0], height: y[1] - y[0], width: x[1] - x[0], planes };
        const samples = page.isPlanar ? 1 : layout.samples;
        const data = createData(dtype, part.height * part.width * samples);
        await reader.read(page, part, data);
        return {
          data,
          dtype,
          shape: samples === 1 && !inner.endsWith("c") ? [part.height, part.width] : [part.height, part.width, samples],
        };
      },
    };
  },
};

async function readPixels(layout: TiffLayout, reader: PageReader): Promise<NdArray["data"]> {
  const { pages, contiguous, dtype, shape } = layout;
  const data = createData(
    dtype,
    shape.reduce((product, side) => product * side, 1),
  );
  if (contiguous > 1) {
    await reader.readContiguous(pages[0]!, bytesOf({ data, dtype, shape }));
    return data;
  }
  const size = data.length / pages.length;
  for (const [index, page] of pages.entries()) {
    await reader.read(page, wholePage(page), data.subarray(index * size, (index + 1) * size) as NdArray["data"]);
  }
  return data;
}
