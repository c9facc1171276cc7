import { formats } from "../formats.ts";
import { checkFullness, checkSize } from "../read/check-size.ts";
import type { ImageReader } from "../read/image-reader.ts";
import type { InputFile } from "../read/input-file.ts";
import { unreadable } from "../read/unreadable.ts";
import { wholeImage } from "../read/whole-image.ts";
import { isFrameMarker } from "./jpeg-frames.ts";

/** Beyond this the decoder's own buffers, about eight bytes a sample, are too much for an ordinary machine. */
const maxMegapixels = 500;
/** What the decoder holds of each sample while it works. */
const bytesOfDecoder = 8;
/** A block of 8 x 8 pixels of one component takes two bits at least. */
const mostPixelsPerByte = 64 * 4;

/**
 * Reads JPEG (baseline and progressive, 8 bits): grey as "yx", colour as "yxc" with three channels. Decoders differ by a few grey levels, since the
 * standard leaves rounding and the enlarging of colour to them; measure intensities in a format without losses.
 */
export const jpegReader: ImageReader = {
  name: "jpeg",
  extensions: formats.jpeg,
  matches: (head) => head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff,
  async open(file, options) {
    const { width, height, components } = await readFrame(file);
    const isColour = components > 1;
    const shape = isColour ? [height, width, 3] : [height, width];
    checkSize(file.path, shape, "uint8", Number.POSITIVE_INFINITY);
    if (width * height > file.size * mostPixelsPerByte) {
      throw damaged(file, `${height} x ${width} pixels cannot be in a file of ${file.size} bytes`);
    }
    const notes = ["JPEG is compressed with losses: intensities are not those of the camera"];
    return wholeImage(file, options, {
      header: { format: "jpeg", axes: isColour ? "yxc" : "yx", shape, dtype: "uint8", pages: 1, notes },
      async decode() {
        if (width * height > maxMegapixels * 1e6) {
          throw unreadable(file.path, `a JPEG of more than ${maxMegapixels} megapixels is too large`, "save it as TIFF");
        }
        const { maxBytes } = options;
        await checkFullness(file.path, width * height * components * bytesOfDecoder, file.size, { shape, maxBytes });
        const rgb = await decode(file);
        return isColour ? rgb : rgb.filter((_, at) => at % 3 === 0);
      },
    });
  },
};

/** Three bytes for each pixel. */
async function decode(file: InputFile): Promise<Uint8Array> {
  const bytes = new Uint8Array(file.size);
  await file.readInto(bytes, 0);
  const { default: jpeg } = await import("jpeg-js");
  try {
    const limits = { maxResolutionInMP: maxMegapixels, maxMemoryUsageInMB: maxMegapixels * 24, tolerantDecoding: false };
    return jpeg.decode(bytes, { useTArray: true, formatAsRGBA: false, ...limits }).data;
  } catch (cause) {
    throw damaged(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Size and components from the frame header (ITU-T T.81, B.2.2). */
async function readFrame(file: InputFile): Promise<{ width: number; height: number; components: number }> {
  for (let at = 2; ; ) {
    const [mark, code] = await file.read(at, 2);
    if (mark !== 0xff) throw damaged(file, `there is no marker at byte ${at}`);
    if (code === 0xff) {
      at += 1; // padding
      continue;
    }
    if (code === 0xd9 || code === 0xda) throw damaged(file, "it has no frame header");
    const length = Buffer.from(await file.read(at + 2, 2)).readUInt16BE();
    if (!isFrameMarker(code!)) {
      at += 2 + length;
      continue;
    }
    const frame = Buffer.from(await file.read(at + 4, 6));
    if (frame[0] !== 8) throw unreadable(file.path, `a JPEG of ${frame[0]} bits is not supported`, "save it as TIFF");
    if (code! > 0xc2) throw unreadable(file.path, "lossless and arithmetic JPEG are not supported", "save it as TIFF");
    const [height, width, components] = [frame.readUInt16BE(1), frame.readUInt16BE(3), frame[5]!];
    if (components === 4) throw unreadable(file.path, "a JPEG in CMYK is not supported", "save it in RGB");
    return { width, height, components };
  }
}

function damaged(file: InputFile, what: string, cause?: unknown): Error {
  return unreadable(file.path, `the JPEG is damaged: ${what}`, "copy or export the image again", cause);
}
