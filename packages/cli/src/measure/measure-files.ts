import { extname, join, resolve } from "node:path";
import type { Params, PixelSize } from "@parfocal/core";
import type { ReadPartOptions } from "@parfocal/io";
import { imageFiles, type LabelPair, labelFiles, labelKey, pairFiles } from "../inputs/label-files.ts";
import type { MicroscopeReaders } from "../inputs/microscope-readers.ts";
import { readInput } from "../inputs/read-input.ts";
import { usageError } from "../options/usage-error.ts";
import { measureLabels } from "./measure-labels.ts";
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
  readonly starter: MeasurerStarter;
  readonly params: Params;
  readonly reading: ReadPartOptions;
  readonly microscopes: MicroscopeReaders;
  readonly pixelSize: PixelSize | undefined;
}

/** Reads, measures and writes one pair of files. */
export async function measureTask(
  { labels: labelsPath, image: imagePath, table: path }: MeasureTask,
  { starter, params, reading, microscopes, pixelSize: given }: MeasureFilesOptions,
): Promise<{ readonly rows: number; readonly columns: readonly string[]; readonly warnings: readonly string[] }> {
  const { makeFolderOf } = await import("../run/save-results.ts");
  const { readLabels, writeTable } = await import("@parfocal/io");
  const [labels, image] = await Promise.all([
    readLabels(labelsPath),
    imagePath === null ? null : readInput(imagePath, reading, microscopes),
  ]);
  const pixelSize = given ?? image?.pixelSize ?? labels.pixelSize;
  const sized = <T extends object>(array: T): T => (pixelSize ? { ...array, pixelSize } : array);
  const measurer = await starter.start();
  const table = await measureLabels(measurer, sized(labels), image && sized(image), { params });
  await makeFolderOf(path);
  const { rows } = await writeTable(path, table, { inputs: [labelsPath, ...(imagePath === null ? [] : [imagePath])] });
  return { rows, columns: table.columns.map(({ name }) => name), warnings: table.warnings };
}
