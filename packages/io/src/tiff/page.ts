import { bytesPerElement, type DType } from "@parfocal/core";
import type { InputFile } from "../read/input-file.ts";
import { damaged, unsupported } from "./damaged.ts";
import type { Directory } from "./read-directories.ts";
import { compressions, foreignCompressions, tags } from "./tags.ts";

/** How the pixels of one page are stored, checked. */
export interface Page {
  readonly index: number;
  readonly isLittleEndian: boolean;
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel: 1 for grey, 3 for RGB. */
  readonly samples: number;
  readonly bits: number;
  /** Type of a sample once read. */
  readonly dtype: DType;
  readonly compression: number;
  /** 1 none, 2 differences along a row, 3 those of floats split into bytes. */
  readonly predictor: number;
  readonly photometric: number;
  /** True when each sample has blocks of its own, false when they are interleaved. */
  readonly isPlanar: boolean;
  /** True when the last sample is transparency. */
  readonly hasAlpha: boolean;
  /** Size of the strips or tiles that the page is cut into. Strips are as wide as the page, and the last one is cut off. */
  readonly block: { readonly width: number; readonly height: number; readonly isTile: boolean };
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
  /** Offsets of directories of smaller copies, largest first. */
  readonly subIfds: readonly number[];
  /** True when our own code does not decode it, but geotiff's does. */
  readonly isUnusual: boolean;
}

const geotiffCompressions: ReadonlySet<number> = new Set([compressions.jpeg, compressions.zstd]);
const ownCompressions: ReadonlySet<number> = new Set([
  compressions.none,
  compressions.lzw,
  compressions.deflate,
  compressions.oldDeflate,
  compressions.packBits,
]);

/** Reads the storage of a page from its directory. @throws ParfocalError INPUT_UNREADABLE naming the field */
export function pageOf(file: InputFile, directory: Directory): Page {
  const one = (tag: number, otherwise: number): number => directory.numbers(tag)[0] ?? otherwise;
  const [width, height] = [one(tags.imageWidth, 0), one(tags.imageLength, 0)];
  if (!(width > 0 && height > 0)) throw damaged(file, `page ${directory.index + 1} has no pixels (${height} x ${width})`);
  const samples = one(tags.samplesPerPixel, 1);
  if (samples < 1 || samples > 1024) throw damaged(file, `page ${directory.index + 1} has ${samples} samples per pixel`);
  const bits = one(tags.bitsPerSample, 1);
  if (directory.numbers(tags.bitsPerSample).some((other) => other !== bits)) throw unsupported(file, "samples of several sizes");
  const format = one(tags.sampleFormat, 1);
  const compression = one(tags.compression, 1);
  if (!ownCompressions.has(compression) && !geotiffCompressions.has(compression)) {
    throw unsupported(file, `${foreignCompressions[compression] ?? `unknown (${compression})`} compression`);
  }
  if (one(tags.fillOrder, 1) === 2 && bits < 8) throw unsupported(file, "bits in reverse order");
  const predictor = one(tags.predictor, 1);
  const photometric = one(tags.photometricInterpretation, 1);
  const extra = directory.numbers(tags.extraSamples).at(-1) ?? 0;
  const dtype = dtypeOf(file, bits, format);
  const page = {
    index: directory.index,
    isLittleEndian: directory.isLittleEndian,
    width,
    height,
    samples,
    bits,
    dtype,
    compression,
    predictor,
    photometric,
    isPlanar: samples > 1 && one(tags.planarConfiguration, 1) === 2,
    subIfds: directory.numbers(tags.subIfds),
    hasAlpha: (samples === 2 || samples === 4) && (extra === 1 || extra === 2),
    isUnusual: !ownCompressions.has(compression) || (format === 3 && bits === 16) || photometric === 6,
  };
  return { ...page, ...blocksOf(file, directory, page) };
}

function blocksOf(
  file: InputFile,
  directory: Directory,
  page: { index: number; width: number; height: number; samples: number; bits: number; isPlanar: boolean; compression: number },
): Pick<Page, "block" | "offsets" | "byteCounts"> {
  const isTile = directory.numbers(tags.tileOffsets).length > 0;
  const rows = directory.numbers(tags.rowsPerStrip)[0] ?? page.height;
  const block = isTile
    ? { width: directory.numbers(tags.tileWidth)[0] ?? 0, height: directory.numbers(tags.tileLength)[0] ?? 0, isTile }
    : { width: page.width, height: Math.min(rows, page.height), isTile };
  const name = isTile ? "tile" : "strip";
  if (!(block.width > 0 && block.height > 0)) throw damaged(file, `page ${page.index + 1} has a ${name} size of 0`);
  const perPlane = Math.ceil(page.width / block.width) * Math.ceil(page.height / block.height);
  const expected = perPlane * (page.isPlanar ? page.samples : 1);
  const offsets = directory.numbers(isTile ? tags.tileOffsets : tags.stripOffsets);
  let byteCounts = directory.numbers(isTile ? tags.tileByteCounts : tags.stripByteCounts);
  if (byteCounts.length === 0 && offsets.length === 1 && page.compression === compressions.none) {
    byteCounts = [Math.ceil((page.width * page.samples * page.bits) / 8) * page.height];
  }
  if (offsets.length < expected || byteCounts.length < expected) {
    const found = Math.min(offsets.length, byteCounts.length);
    throw damaged(file, `page ${page.index + 1} lists ${found} of its ${expected} ${name}s`);
  }
  for (let index = 0; index < expected; index += 1) {
    const [offset, bytes] = [offsets[index]!, byteCounts[index]!];
    if (bytes === 0) throw damaged(file, `${name} ${index} of page ${page.index + 1} is empty`);
    if (offset + bytes > file.size) {
      throw damaged(
        file,
        `it is cut off: ${name} ${index} of page ${page.index + 1} ends at byte ${offset + bytes} of ${file.size}`,
      );
    }
  }
  return { block, offsets, byteCounts };
}

function dtypeOf(file: InputFile, bits: number, format: number): DType {
  if (format === 3) {
    if (bits === 16 || bits === 32) return "float32";
    if (bits === 64) return "float64";
    throw unsupported(file, `floats of ${bits} bits`);
  }
  if (format === 5 || format === 6) throw unsupported(file, "complex numbers");
  const sign = format === 2 ? "int" : "uint";
  if (bits === 8 || bits === 16 || bits === 32 || bits === 64) return `${sign}${bits}`;
  if (sign === "uint" && bits >= 1 && bits < 16) return bits < 8 ? "uint8" : "uint16";
  throw unsupported(file, `${sign === "int" ? "signed " : ""}samples of ${bits} bits`);
}

/** Bytes that the pixels of a page take once read. */
export function pageBytes(page: Page): number {
  return page.width * page.height * page.samples * bytesPerElement(page.dtype);
}
