import type { TableColumn } from "@parfocal/core";
import { quoteCell } from "./csv-line.ts";
import type { Table } from "./write-table.ts";

/** A table as text. */
export function encodeCsv({ columns }: Table): string {
  const rows = columns[0]?.values.length ?? 0;
  const lines = [columns.map(({ name }) => quoteCell(name)).join(",")];
  const writers = columns.map(cellWriter);
  for (let row = 0; row < rows; row += 1) lines.push(writers.map((write) => write(row)).join(","));
  return `${lines.join("\n")}\n`;
}

/** The shortest text that stands for the same number again. */
function cellWriter({ type, values }: TableColumn): (row: number) => string {
  if (type === "boolean") return (row) => (values[row] === 0 ? "False" : "True");
  if (type === "integer") return (row) => String(values[row]);
  return (row) => {
    const value = values[row]!;
    // with a point wherever it may stand, so that a column is read as floats even if all of it are whole
    if (Number.isInteger(value) && Math.abs(value) < 1e21) return `${Object.is(value, -0) ? "-0" : value}.0`;
    if (Number.isFinite(value)) return String(value);
    return Number.isNaN(value) ? "" : value > 0 ? "inf" : "-inf";
  };
}
