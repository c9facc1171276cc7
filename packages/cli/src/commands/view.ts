import { resolve } from "node:path";
import type { PixelSize } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { labelKey } from "../inputs/label-files.ts";
import { usageError } from "../options/usage-error.ts";
import { displayPath } from "../run/report-outcome.ts";
import { formatCount } from "../text/format.ts";

function readNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value >= 0) return value;
  throw usageError(`--${name} takes a number, not "${text}"`, `write for example --${name} ${name === "channel" ? 1 : 0.325}`);
}

/** Square pixels of a size in micrometres. */
export function readPixelSize(text: string | undefined): PixelSize | undefined {
  const size = readNumber("pixel-size", text);
  if (size === 0) throw usageError("--pixel-size takes micrometres above 0", "write for example --pixel-size 0.325");
  return size === undefined ? undefined : { x: size, y: size };
}

export const viewCommand = defineSimpleCommand({
  meta: {
    name: "view",
    description: "Draw the outlines of labels on their image, with a scale bar",
    usage: "LABELS IMAGE [-o OVERLAY.png] [options]",
    examples: [
      ["view nuclei_labels.tif nuclei.tif", "writes nuclei_overlay.png"],
      ["view masks.png cells.tif -o cells.png --channel 1", "on the second channel"],
      ["view masks.png cells.png --pixel-size 0.325", "the scale bar of an image that does not say its pixel size"],
    ],
    notes: ["Of a stack the plane in the middle is drawn, of a time series the first time point."],
  },
  args: {
    labels: { type: "positional", required: false, description: "File of labels" },
    image: { type: "positional", required: false, description: "Image that they belong to" },
    output: { type: "string", alias: "o", valueHint: "FILE", description: "Picture to write, .png (default NAME_overlay.png)" },
    channel: {
      type: "string",
      valueHint: "N",
      description: "Channel to show, from 0 (default: the first, colour pictures as they are)",
    },
    axes: { type: "string", valueHint: "AXES", description: "Axes of the image where the file does not say them rightly" },
    "pixel-size": { type: "string", valueHint: "UM", description: "Micrometres of a pixel, in place of what the file says" },
  },
  needs: 2,
  async run({ context, options, positionals }) {
    const { cwd } = context;
    const [labelsPath, imagePath] = positionals.map((path) => resolve(cwd, path)) as [string, string];
    const output = resolve(cwd, options.text("output") ?? `${labelKey(labelsPath)}_overlay.png`);
    const channel = readNumber("channel", options.text("channel"));
    const pixelSize = readPixelSize(options.text("pixel-size"));
    const axes = options.text("axes");
    const { readImage, readLabels, summarizeObjects, writeOverlay } = await import("@parfocal/io");
    const [labels, image] = await Promise.all([readLabels(labelsPath), readImage(imagePath, axes === undefined ? {} : { axes })]);
    const known = pixelSize ?? image.pixelSize ?? labels.pixelSize;
    const { width, height, notes } = await writeOverlay(output, image, labels, {
      inputs: [labelsPath, imagePath],
      ...(channel !== undefined && { channel }),
      ...(known && { pixelSize: known }),
    });
    const { count } = summarizeObjects(labels);
    if (context.json) {
      writeJson(context, { type: "result", output, objects: count, width, height, pixelSize: known ?? null, notes });
    } else {
      context.terminal.out(`${formatCount(count, "object")}  -> ${displayPath(output, cwd)}\n`);
      for (const note of notes) context.progress.line(context.terminal.errStyle.dim(`  note: ${note}`));
    }
    return 0;
  },
});
