import type { BaseDecoder, ImageFileDirectory } from "geotiff";
import { jpegFrames } from "../jpeg/jpeg-frames.ts";
import { inflateAtMost, unzstdAtMost } from "../read/expand.ts";
import { compressions } from "./tags.ts";

/** A strip or tile may be padded to whole blocks of JPEG. */
const jpegPadding = 16;

/** What geotiff tells a decoder of a strip or tile. */
type BlockParameters = BaseDecoder["parameters"];
type Tag = Parameters<ImageFileDirectory["loadValue"]>[0];
type DecoderClass = new (parameters: never) => BaseDecoder;

let bound: Promise<void> | null = null;

/** Makes geotiff's decoders stop at what a strip or tile can hold: they believe what a few bytes say of themselves. */
export function boundDecoders(): Promise<void> {
  bound ??= replaceDecoders();
  return bound;
}

async function replaceDecoders(): Promise<void> {
  const { addDecoder, getDecoder, BaseDecoder: Base } = await import("geotiff");
  const { deflate, oldDeflate, zstd, jpeg } = compressions;
  const Jpeg = (await getDecoder(jpeg, {} as never)).constructor as DecoderClass;
  const expanding = (expand: (stored: Uint8Array, limit: number) => Promise<Uint8Array>): DecoderClass =>
    class extends Base {
      override async decodeBlock(buffer: ArrayBufferLike): Promise<ArrayBufferLike> {
        return exact(await expand(new Uint8Array(buffer), mostBytes(this.parameters)));
      }
    };
  const inflating = expanding(inflateAtMost);
  const unpacking = expanding(unzstdAtMost);
  class BoundJpeg extends Jpeg {
    override decodeBlock(buffer: ArrayBufferLike): Promise<ArrayBufferLike> | ArrayBufferLike {
      checkFrames(new Uint8Array(buffer), this.parameters);
      return super.decodeBlock(buffer);
    }
  }
  addDecoder([deflate, oldDeflate], async () => inflating as never, parametersOf);
  addDecoder(zstd, async () => unpacking as never, parametersOf);
  addDecoder(
    jpeg,
    async () => BoundJpeg as never,
    async (directory) => {
      const parameters = await parametersOf(directory);
      const tables: unknown = await directory.loadValue("JPEGTables");
      if (tables instanceof Uint8Array) checkFrames(tables, parameters);
      return { ...parameters, JPEGTables: tables } as never;
    },
  );
}

async function parametersOf(directory: ImageFileDirectory): Promise<BlockParameters> {
  const one = async (tag: Tag, otherwise: number): Promise<number> => Number((await directory.loadValue(tag)) ?? otherwise);
  const isTiled = !directory.hasTag("StripOffsets");
  const height = await one("ImageLength", 0);
  return {
    tileWidth: await one(isTiled ? "TileWidth" : "ImageWidth", 0),
    // strips may be said to be of any height
    tileHeight: isTiled ? await one("TileLength", 0) : Math.min(height, await one("RowsPerStrip", height)),
    bitsPerSample: Array.from((await directory.loadValue("BitsPerSample")) as ArrayLike<number>),
    planarConfiguration: await one("PlanarConfiguration", 1),
    predictor: (await one("Predictor", 1)) || 1,
  };
}

/** Twice the bytes of a strip or tile, for those who pad. */
function mostBytes({ tileWidth, tileHeight, bitsPerSample }: BlockParameters): number {
  const bits = typeof bitsPerSample === "number" ? [bitsPerSample] : Array.from(bitsPerSample);
  return Math.ceil((tileWidth * tileHeight * bits.reduce((sum, each) => sum + each, 0)) / 4) + 65_536;
}

function checkFrames(bytes: Uint8Array, { tileWidth, tileHeight }: BlockParameters): void {
  for (const { height, width } of jpegFrames(bytes)) {
    if (height <= tileHeight + jpegPadding && width <= tileWidth + jpegPadding) continue;
    throw new Error(`its JPEG says ${height} x ${width} pixels, in a place for ${tileHeight} x ${tileWidth}`);
  }
}

/** A buffer of its own, as geotiff takes it. */
function exact(bytes: Uint8Array): ArrayBufferLike {
  const isWhole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return isWhole ? bytes.buffer : bytes.slice().buffer;
}
