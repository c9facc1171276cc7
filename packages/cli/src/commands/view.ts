import { resolve } from "node:path";
import type { PixelSize } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { labelKey } from "../inputs/label-files.ts";
import { createMicroscopeReaders } from "../inputs/microscope-readers.ts";
import { readInput } from "../inputs/read-input.ts";
import { readingArgs, readReadingOptions } from "../inputs/reading-options.ts";
import { usageError } from "../options/usage-error.ts";
import { displayPath } from "../run/report-outcome.ts";
import { formatCount } from "../text/format.ts";

/**
 * Square pixels of a size in micrometres.
 *
 * @throws ParfocalError USAGE
 */
export function readPixelSize(text: string | undefined): PixelSize | undefined {
  if (text === undefined) return undefined;
  const size = Number(text);
  if (size > 0 && Number.isFinite(size)) return { x: size, y: size };
  throw usageError(`--pixel-size takes micrometres above 0, not "${text}"`, "write for example --pixel-size 0.325");
}

export const viewCommand = defineSimpleCommand({
  meta: {
    name: "view",
    description: "Draw the outlines of labels on their image, with a scale bar",
    usage: "LABELS IMAGE [-o OVERLAY.png] [options]",
    examples: [
      ["view nuclei_labels.tif nuclei.tif", "writes nuclei_overlay.png"],
      ["view masks.png cells.nd2 -o cells.png --channel DAPI", "on one channel"],
      ["view masks.png cells.png --pixel-size 0.325", "the scale bar of an image that does not say its pixel size"],
    ],
    notes: ["Of a stack the plane in the middle is drawn, of a time series the first time point."],
  },
  args: {
    labels: { type: "positional", required: false, description: "File of labels" },
    image: { type: "positional", required: false, description: "Image that they belong to" },
    output: { type: "string", alias: "o", valueHint: "FILE", description: "Picture to write, .png (default NAME_overlay.png)" },
    ...readingArgs,
    "pixel-size": { type: "string", valueHint: "UM", description: "Micrometres of a pixel, in place of what the file says" },
  },
  needs: 2,
  async run({ context, options, positionals }) {
    const { cwd } = context;
    const [labelsPath, imagePath] = positionals.map((path) => resolve(cwd, path)) as [string, string];
    const output = resolve(cwd, options.text("output") ?? `${labelKey(labelsPath)}_overlay.png`);
    const reading = readReadingOptions(options.text);
    const pixelSize = readPixelSize(options.text("pixel-size"));
    const { readLabels, summarizeObjects, writeOverlay } = await import("@parfocal/io");
    const microscopes = createMicroscopeReaders({ cwd, signal: context.signal });
    const image = await readInput(imagePath, reading, microscopes).finally(() => microscopes.close());
    const labels = await readLabels(labelsPath);
    const known = pixelSize ?? image.pixelSize ?? labels.pixelSize;
    const { width, height, notes } = await writeOverlay(output, image, labels, {
      inputs: [labelsPath, imagePath],
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
