import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { type DeviceReport, type PixelSize, type Provenance, type Timing, writeAtomically } from "@parfocal/core";
import type { ObjectSummary } from "../labels/summarize-objects.ts";
import type { Reading } from "../read/image-reader.ts";
import { refuseInput } from "../refuse-input.ts";

/** Everything that a record of one run says. A run's result has most of it. */
export interface RunSummary {
  /** File that was segmented. */
  readonly input: string;
  /** What reading the file had to guess. */
  readonly notes?: readonly string[];
  /** What was chosen of the file. */
  readonly reading?: Reading;
  readonly pixelSize?: PixelSize;
  readonly objects: ObjectSummary;
  readonly provenance: Provenance;
  readonly device: DeviceReport;
  readonly timing: Timing;
  readonly warnings: readonly string[];
  /** Where measurements come from, if there are any. */
  readonly measurements?: Provenance;
  /** Files that were written, by what they are: `{ labels, overlay }`. Null ones are left out. */
  readonly outputs: Readonly<Record<string, string | null>>;
}

/** What lies in a `.run.json`. */
export interface RunRecord {
  readonly format: "parfocal-run";
  readonly formatVersion: 1;
  /** When the record was written, ISO 8601, UTC. */
  readonly writtenAt: string;
  readonly input: {
    /** Relative to the record's folder, with forward slashes; absolute where there is no relative path. */
    readonly path: string;
    readonly sha256: string | null;
    readonly axes: string;
    readonly shape: readonly number[];
    readonly dtype: string;
    /** Micrometres by axis, null when not known. */
    readonly pixelSize: PixelSize | null;
    readonly notes: readonly string[];
    /** What was chosen of the file: channel, z, position, ...; absent where it was read whole. Options of `readImage`. */
    readonly reading?: Reading;
  };
  readonly module: string;
  readonly version: string;
  readonly operation: Provenance["operation"];
  /** All parameters, defaults filled in. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly objects: ObjectSummary;
  readonly outputs: Readonly<Record<string, string>>;
  readonly device: DeviceReport;
  readonly timing: Timing;
  readonly warnings: readonly string[];
  /** What core did to make the image fit the module. */
  readonly adaptations: readonly string[];
  readonly environment: {
    readonly key: string;
    readonly lockSha256: string;
    readonly profile: string;
    readonly accelerator: string;
    readonly python: string;
  };
  /** Weight files that were fetched for the worker. */
  readonly weights: Provenance["weights"];
  /** What the worker said of itself: library versions, thresholds, weights of its own. */
  readonly worker: Readonly<Record<string, unknown>>;
  /** What measured the objects; absent where nothing did. */
  readonly measurements?: Pick<Provenance, "module" | "version" | "params" | "lockSha256" | "worker">;
}

/**
 * Writes the record of a run as JSON: what was run on what, with which parameters, in which environment, how long it took and what
 * came out. Enough to run it again.
 *
 * @returns what was written
 * @throws ParfocalError OUTPUT_UNWRITABLE, also when the path is the input
 */
export async function writeRunJson(path: string, summary: RunSummary): Promise<RunRecord> {
  await refuseInput(path, [summary.input]);
  const record = createRecord(path, summary);
  await writeAtomically(path, (file) => file.append(Buffer.from(`${JSON.stringify(record, null, 2)}\n`)));
  return record;
}

function createRecord(path: string, summary: RunSummary): RunRecord {
  const { provenance, objects, device, timing, warnings } = summary;
  const folder = dirname(resolve(path));
  const written = Object.entries(summary.outputs).filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    format: "parfocal-run",
    formatVersion: 1,
    writtenAt: new Date().toISOString(),
    input: {
      path: portable(folder, summary.input),
      sha256: provenance.inputSha256,
      ...provenance.input,
      pixelSize: summary.pixelSize ?? null,
      notes: summary.notes ?? [],
      ...(summary.reading && { reading: summary.reading }),
    },
    module: provenance.module,
    version: provenance.version,
    operation: provenance.operation,
    params: provenance.params,
    objects,
    outputs: Object.fromEntries(written.map(([name, file]) => [name, portable(folder, file)])),
    device,
    timing,
    warnings,
    adaptations: provenance.adaptations,
    environment: {
      key: provenance.environment,
      lockSha256: provenance.lockSha256,
      profile: provenance.profile,
      accelerator: provenance.accelerator,
      python: provenance.python,
    },
    weights: provenance.weights,
    worker: provenance.worker,
    ...(summary.measurements && { measurements: measurementsOf(summary.measurements) }),
  };
}

function measurementsOf({ module, version, params, lockSha256, worker }: Provenance): NonNullable<RunRecord["measurements"]> {
  return { module, version, params, lockSha256, worker };
}

/** Relative, so that a folder of images and results can be moved as a whole. On Windows another drive has no relative path. */
function portable(folder: string, file: string): string {
  const path = relative(folder, resolve(file));
  return (isAbsolute(path) ? resolve(file) : path).split(sep).join("/");
}
