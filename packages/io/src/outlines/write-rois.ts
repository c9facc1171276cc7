import { extname } from "node:path";
import { type Labels, ParfocalError, writeAtomically } from "@parfocal/core";
import { refuseInput } from "../refuse-input.ts";
import { encodeRoi } from "./encode-roi.ts";
import { type OutlinePlace, traceOutlines } from "./trace-outlines.ts";

export interface WriteOutlinesOptions extends OutlinePlace {
  /** Files that must not be replaced: what the labels were made from. */
  readonly inputs?: readonly string[];
}

/** What was written. */
export interface WrittenOutlines {
  readonly path: string;
  /** Objects in the file: all that the labels have. */
  readonly count: number;
}

const fewestDigits = 4;
/** Bytes that are handed to the file at once. */
const blockBytes = 1 << 20;
/** Files in the archive all have this time, so that equal labels make equal bytes. */
const time = new Date(1980, 0, 1);

/**
 * Writes the outlines of all objects as ImageJ's ROI set (`.zip`), for its ROI Manager. Each ROI is called as its object's id, padded with zeros to the
 * length of the highest, and lies exactly on the object's pixel edges; objects with holes or of several pieces are composite. The file is replaced,
 * never added to.
 *
 * @param labels int32, one plane: ImageJ's ROIs are flat
 * @throws ParfocalError INPUT_REJECTED for more than one plane and for negative ids; OUTPUT_UNWRITABLE, also for another extension than .zip
 */
export async function writeRois(path: string, labels: Labels, options: WriteOutlinesOptions = {}): Promise<WrittenOutlines> {
  if (extname(path).toLowerCase() !== ".zip") {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: sets of ImageJ ROIs are ZIP files`, {
      hint: "end the name in .zip",
    });
  }
  const outlines = traceOutlines(labels);
  await refuseInput(path, options.inputs);
  const { ZipFile } = await import("yazl");
  const { offset = [0, 0], scale = 1 } = options;
  const place = (value: number, axis: 0 | 1): number => value * scale + offset[axis];
  const digits = Math.max(fewestDigits, String(outlines.at(-1)?.id ?? 0).length);
  await writeAtomically(path, async (file) => {
    const zip = new ZipFile();
    for (const { id, polygons } of outlines) {
      const name = String(id).padStart(digits, "0");
      zip.addBuffer(encodeRoi(name, polygons, place), `${name}.roi`, { compress: false, mtime: time });
    }
    zip.end();
    let block: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) {
      block.push(chunk);
      bytes += chunk.length;
      if (bytes < blockBytes) continue;
      await file.append(Buffer.concat(block));
      [block, bytes] = [[], 0];
    }
    await file.append(Buffer.concat(block));
  });
  return { path, count: outlines.length };
}
