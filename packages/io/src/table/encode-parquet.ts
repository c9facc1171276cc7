import type { TableColumn } from "@parfocal/core";
import type { Table } from "./write-table.ts";

const lowestInt32 = -(2 ** 31);
const highestInt32 = 2 ** 31 - 1;

/** A table as the bytes of a Parquet file. */
export async function encodeParquet({ columns }: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const units = Object.fromEntries(columns.flatMap(({ name, unit }) => (unit === null ? [] : [[name, unit]])));
  const bytes = parquetWriteBuffer({
    columnData: columns.map((column) => ({ name: column.name, nullable: false, ...dataOf(column) })),
    createdBy: "parfocal",
    kvMetadata: [{ key: "units", value: JSON.stringify(units) }],
  });
  return new Uint8Array(bytes);
}

function dataOf({ type, values }: TableColumn) {
  // a dictionary would hold -0 for 0, and save nothing
  if (type === "float") return { type: "DOUBLE", encoding: "PLAIN", data: values } as const;
  if (type === "boolean") return { type: "BOOLEAN", data: Array.from(values, (value) => value !== 0) } as const;
  const isNarrow = values.every((value) => value >= lowestInt32 && value <= highestInt32);
  if (isNarrow) return { type: "INT32", data: Int32Array.from(values) } as const;
  return { type: "INT64", data: BigInt64Array.from(values, BigInt) } as const;
}
