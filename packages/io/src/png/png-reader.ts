import type { DecodedPng } from "fast-png";
import { formats } from "../formats.ts";
import { checkFullness, checkSize } from "../read/check-size.ts";
import type { ImageReader, ReadOptions } from "../read/image-reader.ts";
import type { InputFile } from "../read/input-file.ts";
import { unreadable } from "../read/unreadable.ts";
import { wholeImage } from "../read/whole-image.ts";
import { plainPng } from "./plain-png.ts";

const signature = "\x89PNG\r\n\x1a\n";
/** Samples of a pixel as stored, by colour type: grey, RGB, palette, grey and alpha, RGB and alpha. */
const samplesOf: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Deflate makes at most about 1000 bytes of one. */
const largestRatio = 1100;

/**
 * Reads PNG: grey as "yx", colour as "yxc" with three channels, 8 or 16 bits; fewer bits become 8 without being scaled. Transparency is left
 * out, palettes are applied; one of greys alone gives "yx".
 */
export const pngReader: ImageReader = {
  name: "png",
  extensions: formats.png,
  matches: (head) => Buffer.from(head.subarray(0, 8)).toString("latin1") === signature,
  async open(file, options) {
    const head = await readHead(file, options);
    const isColour = head.colourType === 3 ? !isGrey(await readPalette(file)) : head.samples > 2;
    const shape = isColour ? [head.height, head.width, 3] : [head.height, head.width];
    const notes = head.samples % 2 === 0 ? [transparency] : [];
    return wholeImage(file, options, {
      header: { format: "png", axes: isColour ? "yxc" : "yx", shape, dtype: head.dtype, pages: 1, notes },
      async decode() {
        await checkFullness(file.path, head.decodedBytes, file.size, { shape, maxBytes: options.maxBytes });
        const png = await decode(file, head.decodedBytes);
        if (head.colourType === 3 && png.palette === undefined) throw damaged(file, "its palette is missing");
        return pixelsOf(png).data;
      },
    });
  },
};

const transparency = "transparency is left out";

async function readHead(file: InputFile, { maxBytes }: ReadOptions) {
  const bytes = Buffer.from(await file.read(0, 33));
  if (bytes.toString("latin1", 12, 16) !== "IHDR") throw damaged(file, "its header is missing");
  const [width, height, bits, colourType] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20), bytes[24]!, bytes[25]!];
  const samples = samplesOf[colourType];
  if (samples === undefined || ![1, 2, 4, 8, 16].includes(bits)) {
    throw damaged(file, `colour type ${colourType} with ${bits} bits does not exist`);
  }
  const dtype = bits === 16 ? ("uint16" as const) : ("uint8" as const);
  const size = checkSize(file.path, [height, width, colourType === 3 ? 3 : samples], dtype, maxBytes);
  if ((size * bits) / 16 / 3 > file.size * largestRatio) {
    throw damaged(file, `${height} x ${width} pixels cannot be in a file of ${file.size} bytes`);
  }
  // a byte before each row; interlaced, there are twice as many rows
  const decodedBytes = (Math.ceil((width * samples * bits) / 8) + 1) * height;
  return { width, height, samples, colourType, dtype, decodedBytes };
}

/** Colours of the palette, three bytes each; empty when it does not come before the pixels. */
async function readPalette(file: InputFile): Promise<Uint8Array> {
  for (let at = 8; at + 12 <= file.size; ) {
    const head = Buffer.from(await file.read(at, 8));
    const [length, type] = [head.readUInt32BE(0), head.toString("latin1", 4)];
    if (type === "PLTE") return (await file.read(at + 8, length)).slice();
    if (type === "IDAT") break;
    at += length + 12;
  }
  return new Uint8Array(0);
}

function isGrey(palette: Uint8Array): boolean {
  return palette.every((value, index) => value === palette[index - (index % 3)]);
}

async function decode(file: InputFile, expected: number): Promise<DecodedPng> {
  const bytes = new Uint8Array(file.size);
  await file.readInto(bytes, 0);
  const { decode: decodePng } = await import("fast-png");
  try {
    return decodePng(await plainPng(bytes, expected * 2 + 65_536));
  } catch (cause) {
    throw damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function pixelsOf(png: DecodedPng): { data: Uint8Array | Uint16Array; channels: 1 | 3; notes: readonly string[] } {
  const stored = png.depth < 8 ? unpack(png) : (png.data as Uint8Array | Uint16Array);
  if (png.palette !== undefined) {
    const table = png.palette;
    const isPlain = isGrey(Uint8Array.from(table.flatMap(([r, g, b]) => [r!, g!, b!])));
    const width = isPlain ? 1 : 3;
    const data = new Uint8Array(stored.length * width);
    for (let at = 0; at < data.length; at += 1) data[at] = table[stored[Math.floor(at / width)]!]?.[at % width] ?? 0;
    return { data, channels: width, notes: table.some((colour) => (colour[3] ?? 255) < 255) ? [transparency] : [] };
  }
  const samples = png.channels;
  if (samples === 1 || samples === 3) return { data: stored, channels: samples, notes: [] };
  const kept = samples === 2 ? 1 : 3;
  const data = stored.filter((_, index) => index % samples < kept);
  return { data, channels: kept, notes: [transparency] };
}

/** One byte for each sample of 1, 2 or 4 bits; each row starts at a whole byte. */
function unpack({ data, depth, width, height, channels }: DecodedPng): Uint8Array {
  const perRow = width * channels;
  if (data.length === perRow * height && Math.ceil((perRow * depth) / 8) !== perRow) return Uint8Array.from(data);
  const rowBytes = Math.ceil((perRow * depth) / 8);
  const values = new Uint8Array(perRow * height);
  for (let at = 0; at < values.length; at += 1) {
    const bit = (at % perRow) * depth;
    const byte = data[Math.floor(at / perRow) * rowBytes + (bit >> 3)]!;
    values[at] = (byte >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  }
  return values;
}

function damaged(file: InputFile, what: string, cause?: unknown): Error {
  return unreadable(file.path, `the PNG is damaged: ${what}`, "copy or export the image again", cause);
}
