import { extname } from "node:path";
import { ParfocalError, type TableColumn, writeAtomically } from "@parfocal/core";
import { refuseInput } from "../refuse-input.ts";
import { encodeCsv } from "./encode-csv.ts";
import { encodeParquet } from "./encode-parquet.ts";

/** Rows of numbers: what a measurer gives, or columns of one length. */
export interface Table {
  readonly columns: readonly TableColumn[];
}

export interface WriteTableOptions {
  /** Files that must not be replaced: what the table was made from. */
  readonly inputs?: readonly string[];
}

/** What was written. */
export interface WrittenTable {
  readonly path: string;
  readonly format: "csv" | "parquet";
  readonly rows: number;
}

/**
 * Writes a table as CSV (`.csv`) or Parquet (`.parquet`), by the name's extension. Numbers are kept to the last bit.
 *
 * CSV: commas, a point in decimals, a head of column names, an empty cell where there is no value, `True` and `False`. Parquet: doubles, int32 or int64, and
 * booleans; snappy; the units of columns as JSON under the key `units`.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE, also for another extension and for a path that is one of `inputs`
 */
export async function writeTable(path: string, table: Table, options: WriteTableOptions = {}): Promise<WrittenTable> {
  const format = extname(path).toLowerCase().slice(1);
  if (format !== "csv" && format !== "parquet") {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `${path} could not be written: tables have no format with this extension`, {
      hint: "end the name in .csv or .parquet",
    });
  }
  await refuseInput(path, options.inputs);
  const bytes = format === "csv" ? Buffer.from(encodeCsv(table)) : await encodeParquet(table);
  await writeAtomically(path, (file) => file.append(bytes));
  return { path, format, rows: table.columns[0]?.values.length ?? 0 };
}
