import { bytesPerElement, type NdArray } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { damaged } from "./damaged.ts";
import type { Page } from "./page.ts";
import { type PagePart, readPage } from "./read-page.ts";
import type { UnusualPages } from "./read-unusual-page.ts";

/** Reads parts of pages, however they are stored. */
export interface PageReader {
  /** @param target as many elements as the part has without transparency */
  read(page: Page, part: PagePart, target: NdArray["data"]): Promise<void>;
  /** Pages that follow the first one's pixels without directories of their own. */
  readContiguous(page: Page, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** @param samples those of a pixel that are kept: transparency is not */
export function createPageReader(file: InputFile, samples: number): PageReader {
  let unusual: Promise<UnusualPages> | null = null;
  return {
    async read(page, part, target) {
      if (page.isUnusual) {
        unusual ??= import("./read-unusual-page.ts").then(({ openUnusualPages }) => openUnusualPages(file));
        await readUnusual(await unusual, page, part, target);
        return;
      }
      const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
      if (!page.hasAlpha || page.isPlanar) return readPage(file, page, bytes, part);
      const whole = new Uint8Array(part.width * part.height * page.samples * bytesPerElement(page.dtype));
      await readPage(file, page, whole, part);
      dropLast(whole, bytes, page.samples, bytesPerElement(page.dtype));
    },
    async readContiguous(page, bytes) {
      await file.readInto(bytes, page.offsets[0]!);
      if (page.isLittleEndian || page.bits === 8) return;
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (page.bits === 16) buffer.swap16();
      else if (page.bits === 32) buffer.swap32();
      else buffer.swap64();
    },
    async close() {
      await (await unusual?.catch(() => null))?.close();
    },
  };

  async function readUnusual(pages: UnusualPages, page: Page, part: PagePart, target: NdArray["data"]): Promise<void> {
    const raster = await pages.read(page, part);
    const expected = part.width * part.height * (page.isPlanar ? part.planes.length : page.samples);
    if (raster.length !== expected) {
      throw damaged(file, `page ${page.index + 1} holds ${raster.length} samples, not ${expected}`);
    }
    const kept = page.hasAlpha && !page.isPlanar ? (raster as Uint8Array).filter((_, at) => at % page.samples < samples) : raster;
    (target as Uint8Array).set((kept as Uint8Array).subarray(0, target.length));
  }
}

function dropLast(whole: Uint8Array, target: Uint8Array, samples: number, bytesPerSample: number): void {
  const kept = (samples - 1) * bytesPerSample;
  for (let from = 0, to = 0; from < whole.length; from += samples * bytesPerSample, to += kept) {
    for (let byte = 0; byte < kept; byte += 1) target[to + byte] = whole[from + byte]!;
  }
}
