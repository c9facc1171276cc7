import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { ParfocalError, type RunResult } from "@parfocal/core";
import {
  type ObjectSummary,
  type PreparedOverlay,
  type ReadImage,
  summarizeObjects,
  writeLabels,
  writeOverlay,
  writeRunJson,
} from "@parfocal/io";
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
 * @param prepared what was done of the overlay beforehand
 * @returns how many objects there are and how large they are
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function saveResults(
  input: string,
  outputs: OutputPlan,
  image: ReadImage,
  result: RunResult,
  prepared: PreparedOverlay | null,
): Promise<ObjectSummary> {
  const { labels, provenance, device, timing, warnings } = result;
  const { pixelSize, notes } = image;
  const inputs = [input];
  const objects = summarizeObjects(labels, pixelSize);
  await makeFolderOf(outputs.labels);
  const overlay =
    outputs.overlay === null ? null : writeOverlay(outputs.overlay, image, labels, { inputs, ...(prepared && { prepared }) });
  await Promise.all([writeLabels(outputs.labels, labels, { inputs, ...(pixelSize && { pixelSize }) }), overlay]);
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
