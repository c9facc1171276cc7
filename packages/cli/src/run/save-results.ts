import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { ParfocalError, type RunResult } from "@parfocal/core";
import { type ObjectSummary, type ReadImage, summarizeObjects, writeLabels, writeOverlay, writeRunJson } from "@parfocal/io";
import type { OutputPlan } from "../inputs/plan-outputs.ts";

async function makeFolderOf(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `the folder ${dirname(path)} cannot be made`, {
      hint: "choose another place with -o",
      cause,
    });
  }
}

/**
 * Writes labels, overlay and, last, the run record, which says that the others are complete.
 *
 * @returns how many objects there are and how large they are
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function saveResults(
  input: string,
  outputs: OutputPlan,
  image: ReadImage,
  result: RunResult,
): Promise<ObjectSummary> {
  const { labels, provenance, device, timing, warnings } = result;
  const { pixelSize, notes } = image;
  const inputs = [input];
  const objects = summarizeObjects(labels, pixelSize);
  await makeFolderOf(outputs.labels);
  await writeLabels(outputs.labels, labels, { inputs, ...(pixelSize && { pixelSize }) });
  if (outputs.overlay !== null) await writeOverlay(outputs.overlay, image, labels, { inputs });
  await writeRunJson(outputs.run, {
    input,
    notes,
    objects,
    provenance,
    device,
    timing,
    warnings,
    outputs: { labels: outputs.labels, overlay: outputs.overlay },
    ...(pixelSize && { pixelSize }),
  });
  return objects;
}
