import { extname, join, resolve } from "node:path";
import type { ModuleBase, Params, PixelSize } from "@parfocal/core";
import type { ReadPartOptions } from "@parfocal/io";
import { imageFiles, type LabelPair, labelFiles, labelKey, pairFiles } from "../inputs/label-files.ts";
import type { MicroscopeReaders } from "../inputs/microscope-readers.ts";
import { readInput } from "../inputs/read-input.ts";
import { usageError } from "../options/usage-error.ts";
import { type Measured, measureLabels, withPixelSize } from "./measure-labels.ts";
import type { MeasurerStarter } from "./measurer-starter.ts";

/** Labels that are measured, and where their table goes. */
export interface MeasureTask {
  readonly name: string;
  readonly labels: string;
  readonly image: string | null;
  readonly table: string;
}

/**
 * What is measured, and where the tables go.
 *
 * @throws ParfocalError USAGE, INPUT_NOT_FOUND
 */
export async function planTasks(
  given: readonly string[],
  output: string | undefined,
  format: string,
  cwd: string,
): Promise<MeasureTask[]> {
  const [labelsPath, imagePath] = given;
  const labels = await labelFiles(labelsPath!, cwd);
  const pairs: readonly (Omit<LabelPair, "truth"> & { readonly truth: string | null })[] =
    imagePath === undefined
      ? labels.map((path) => ({ name: labelKey(path), labels: path, truth: null }))
      : pairFiles(await imageFiles(imagePath, cwd), labels).pairs;
  const isTable = output !== undefined && [".csv", ".parquet"].includes(extname(output).toLowerCase());
  if (isTable && pairs.length > 1) {
    throw usageError(`-o names one table, ${output}, but there are ${pairs.length} files of labels`, "give -o a folder");
  }
  return pairs.map(({ name, labels: path, truth }) => ({
    name,
    labels: path,
    image: truth,
    table: isTable ? resolve(cwd, output) : join(resolve(cwd, output ?? "."), `${name}_measurements.${format}`),
  }));
}

export interface MeasureFilesOptions {
  readonly module: ModuleBase;
  readonly starter: MeasurerStarter;
  readonly params: Params;
  readonly reading: ReadPartOptions;
  readonly microscopes: MicroscopeReaders;
  readonly pixelSize: PixelSize | undefined;
  /** Called while large labels are measured part by part. */
  readonly onProgress: (done: number, total: number) => void;
}

/** Reads, measures and writes one pair of files. */
export async function measureTask(
  { labels: labelsPath, image: imagePath, table: path }: MeasureTask,
  { module, starter, params, reading, microscopes, pixelSize: given, onProgress }: MeasureFilesOptions,
): Promise<{ readonly rows: number; readonly columns: readonly string[]; readonly warnings: readonly string[] }> {
  const { makeFolderOf } = await import("../run/save-results.ts");
  const { readLabels, writeTable } = await import("@parfocal/io");
  const warnings: string[] = [];
  const table = (await byWindows()) ?? (await asWhole());
  await makeFolderOf(path);
  const { rows } = await writeTable(path, table, { inputs: [labelsPath, ...(imagePath === null ? [] : [imagePath])] });
  return { rows, columns: table.columns.map(({ name }) => name), warnings: [...warnings, ...table.warnings] };

  async function byWindows(): Promise<Measured | null> {
    const { openLargePlane } = await import("./open-large-plane.ts");
    const options = { labels: labelsPath, image: imagePath, reading, microscopes, pixelSize: given };
    await using plane = await openLargePlane(module.manifest, options);
    if (plane === null) return null;
    const { measureWindows } = await import("./measure-windows.ts");
    const measured = await measureWindows(await starter.start(), plane, params, onProgress);
    if (measured === null)
      warnings.push("an object is too large to measure these labels part by part: they are held in memory whole");
    return measured;
  }

  async function asWhole(): Promise<Measured> {
    const [labels, image] = await Promise.all([
      readLabels(labelsPath),
      imagePath === null ? null : readInput(imagePath, reading, microscopes),
    ]);
    const pixelSize = given ?? image?.pixelSize ?? labels.pixelSize;
    const sized = image && withPixelSize(image, pixelSize);
    return measureLabels(await starter.start(), withPixelSize(labels, pixelSize), sized, { params });
  }
}
