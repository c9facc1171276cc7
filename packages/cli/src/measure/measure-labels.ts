import type { Image, Labels, MeasureResult, Measurer, NdArray, PixelSize, RunResult, TableColumn } from "@parfocal/core";

/** A table and where it comes from, for the record of the run. */
export interface Measured {
  readonly columns: readonly TableColumn[];
  readonly warnings: readonly string[];
  readonly provenance: MeasureResult["provenance"];
}

/**
 * Measures labels with what the segmenter said of each object as further columns, called as its output: arrays of one number an object, row i for label
 * i + 1. Those that only repeat a column are left out.
 */
export async function measureLabels(
  measurer: Measurer,
  labels: Labels,
  image: Image | null,
  {
    params = {},
    result = null,
  }: { readonly params?: Readonly<Record<string, unknown>>; readonly result?: RunResult | null } = {},
): Promise<Measured> {
  const { columns, warnings, provenance } = await measurer.measure(labels, image, params);
  return { columns: [...columns, ...(result === null ? [] : scoreColumns(result, columns))], warnings, provenance };
}

/** The array with this pixel size; as it is where none is known. */
export const withPixelSize = <T extends object>(array: T, pixelSize: PixelSize | undefined): T =>
  pixelSize === undefined ? array : { ...array, pixelSize };

function scoreColumns(result: RunResult, columns: readonly TableColumn[]): TableColumn[] {
  const ids = columns.find(({ name }) => name === "label")?.values;
  if (ids === undefined || ids.some((id, row) => id !== row + 1)) return [];
  return Object.entries(result).flatMap(([name, output]): TableColumn[] => {
    if (!isArray(output) || output.shape.length !== 1 || output.shape[0] !== ids.length) return [];
    if (columns.some((column) => column.name === name)) return [];
    const values = Float64Array.from(output.data as ArrayLike<number | bigint>, Number);
    if (columns.some((column) => column.values.every((value, row) => value === values[row]))) return [];
    return [{ name, unit: null, type: output.dtype.startsWith("float") ? "float" : "integer", values }];
  });
}

function isArray(value: unknown): value is NdArray {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value && "dtype" in value;
}

/** Rows by label, for programs that take measurements object by object. */
export function rowsByLabel(columns: readonly TableColumn[]): ReadonlyMap<number, Readonly<Record<string, number>>> {
  const [ids, ...others] = [...columns].sort((a, b) => Number(b.name === "label") - Number(a.name === "label"));
  return new Map(
    Array.from(ids?.values ?? [], (id, row) => [id, Object.fromEntries(others.map(({ name, values }) => [name, values[row]!]))]),
  );
}
