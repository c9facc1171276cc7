import type { NdArray } from "@parfocal/core";
import type { GeoTIFF } from "geotiff";
import type { InputFile } from "../read/input-file.ts";
import { boundDecoders } from "./bound-decoders.ts";
import { damaged } from "./damaged.ts";
import type { Page } from "./page.ts";
import type { PagePart } from "./read-page.ts";

/** Decodes pages that our own code does not: JPEG, Zstandard, float16. */
export interface UnusualPages {
  /** Samples of a part of a page, interleaved or plane after plane as the page has them; of a page without planes all samples. */
  read(page: Page, part: PagePart): Promise<NdArray["data"]>;
  close(): Promise<void>;
}

/** Opens a file with geotiff, which is loaded only now: that takes longer than reading an ordinary image. */
export async function openUnusualPages(file: InputFile): Promise<UnusualPages> {
  const { fromFile } = await import("geotiff");
  await boundDecoders();
  const tiff: GeoTIFF = await explain(file, "it cannot be opened", () => fromFile(file.path));
  return {
    read: (page, { top, left, width, height, planes: wanted }) =>
      explain(file, `page ${page.index + 1}`, async () => {
        const image = await tiff.getImage(page.index);
        const isYCbCr = page.photometric === 6;
        const window = [left, top, left + width, top + height];
        const samples = page.isPlanar ? { samples: [...wanted] } : {};
        const raster = isYCbCr
          ? await image.readRGB({ interleave: true, window })
          : await image.readRasters({ interleave: !page.isPlanar, window, ...samples });
        const planes = (Array.isArray(raster) ? raster : [raster]) as NdArray["data"][];
        return planes.length === 1 ? planes[0]! : joinPlanes(planes);
      }),
    async close() {
      await tiff.close();
    },
  };
}

function joinPlanes(planes: readonly NdArray["data"][]): NdArray["data"] {
  const kind = planes[0]!.constructor as new (length: number) => NdArray["data"];
  const joined = new kind(planes.length * planes[0]!.length);
  for (const [index, plane] of planes.entries()) (joined as Uint8Array).set(plane as Uint8Array, index * plane.length);
  return joined;
}

async function explain<T>(file: InputFile, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw damaged(file, `${what}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}
