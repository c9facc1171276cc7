import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Measurer, ParfocalError, type RunResult } from "@parfocal/core";
import {
  type ObjectSummary,
  type PreparedOverlay,
  type ReadImage,
  summarizeObjects,
  writeGeoJson,
  writeLabels,
  writeOverlay,
  writeRois,
  writeRunJson,
  writeTable,
} from "@parfocal/io";
import type { OutputPlan } from "../inputs/plan-outputs.ts";
import type { Measured } from "../measure/measure-labels.ts";
import { thumbnailSide } from "../qc/collect-qc.ts";

/** @throws ParfocalError OUTPUT_UNWRITABLE */
export async function makeFolderOf(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `the folder ${dirname(path)} cannot be made`, {
      hint: "choose another place with -o",
      cause,
    });
  }
}

/** What is needed beside the result. */
export interface SaveOptions {
  /** What was done of the overlay beforehand. */
  readonly prepared: PreparedOverlay | null;
  /** True: make a small copy of the overlay as well. */
  readonly thumbnail?: boolean;
  /** Called where measurements are among the outputs. */
  readonly startMeasurer: () => Promise<Measurer>;
}

/** What was saved, and what could not be and why. */
export interface Saved {
  readonly objects: ObjectSummary;
  /** Without those that these labels cannot have. */
  readonly outputs: OutputPlan;
  readonly warnings: readonly string[];
  readonly thumbnail?: Uint8Array;
}

/**
 * Writes labels, overlay and what else was asked for, and last the run record, which says that the others are complete.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE, and as the measurer's start and call
 */
export async function saveResults(
  input: string,
  planned: OutputPlan,
  image: ReadImage,
  result: RunResult,
  { prepared, thumbnail, startMeasurer }: SaveOptions,
): Promise<Saved> {
  const { labels, provenance, device, timing } = result;
  const { pixelSize, notes, reading } = image;
  const inputs = [input];
  const objects = summarizeObjects(labels, pixelSize);
  const { outputs, warnings: leftOut } = withoutOutlines(planned, labels.shape.length - countOnes(labels.shape) > 2);
  await makeFolderOf(outputs.labels);
  await rm(outputs.run, { force: true }); // it would vouch for files that are replaced now
  const measuring = outputs.csv || outputs.parquet ? measure() : null;
  const [, overlay, measured] = await Promise.all([
    writeLabels(outputs.labels, labels, { inputs, ...(pixelSize && { pixelSize }) }),
    outputs.overlay === null
      ? null
      : writeOverlay(outputs.overlay, image, labels, {
          inputs,
          ...(prepared && { prepared }),
          ...(thumbnail && { thumbnail: thumbnailSide }),
        }),
    measuring,
    outputs.roi && writeRois(outputs.roi, labels, { inputs }),
    outputs.geojson && writeOutlines(outputs.geojson),
  ]);
  const warnings = [...result.warnings, ...leftOut, ...(measured?.warnings ?? [])];
  await writeRunJson(outputs.run, {
    input,
    notes,
    objects,
    provenance,
    device,
    timing,
    warnings,
    outputs: filesOf(outputs),
    ...(pixelSize && { pixelSize }),
    ...(reading && { reading }),
    ...(measured && { measurements: measured.provenance }),
  });
  return { objects, outputs, warnings, ...(overlay?.thumbnail && { thumbnail: overlay.thumbnail }) };

  async function measure(): Promise<Measured> {
    const [{ measureLabels }, measurer] = await Promise.all([import("../measure/measure-labels.ts"), startMeasurer()]);
    const table = await measureLabels(measurer, labels, image, { result });
    await Promise.all([outputs.csv, outputs.parquet].map((path) => path && writeTable(path, table, { inputs })));
    return table;
  }

  async function writeOutlines(path: string): Promise<void> {
    const table = await measuring;
    const { rowsByLabel } = await import("../measure/measure-labels.ts");
    await writeGeoJson(path, labels, { inputs, ...(table && { measurements: rowsByLabel(table.columns) }) });
  }
}

const countOnes = (shape: readonly number[]): number => shape.filter((length) => length === 1).length;

/** Outlines are flat: of volumes there are none, which is said and stops nothing. */
function withoutOutlines(outputs: OutputPlan, isVolume: boolean): { readonly outputs: OutputPlan; readonly warnings: string[] } {
  const asked = (["roi", "geojson"] as const).filter((kind) => outputs[kind] !== undefined);
  if (!isVolume || asked.length === 0) return { outputs, warnings: [] };
  const { roi: _roi, geojson: _geojson, ...flat } = outputs;
  const names = asked.map((kind) => (kind === "roi" ? "ImageJ ROIs" : "GeoJSON outlines")).join(" and ");
  return { outputs: flat, warnings: [`no ${names}: they are 2D, and these objects are 3D; the labels have them whole`] };
}

/** The files of results, without the record that lists them. */
function filesOf({ run: _run, ...files }: OutputPlan): Readonly<Record<string, string | null>> {
  return files;
}
