import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TableColumn, writeNpy } from "@parfocal/core";
import { upstreamPython } from "@parfocal/parity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinCsvTables, type Table, writeTable } from "../src/index.ts";
import { runScript } from "./support/python.ts";

let folder: string;
let python: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "parfocal tables "));
  python = await upstreamPython(fileURLToPath(new URL("python", import.meta.url)));
});
afterAll(() => rm(folder, { recursive: true }));

const column = (name: string, type: TableColumn["type"], unit: string | null, values: readonly number[]): TableColumn => ({
  name,
  type,
  unit,
  values: Float64Array.from(values),
});

const rows = 3000;
const every = (valueAt: (row: number) => number): number[] => Array.from({ length: rows }, (_, row) => valueAt(row));
const table: Table = {
  columns: [
    column(
      "label",
      "integer",
      null,
      every((row) => row * 700_000),
    ),
    column(
      "huge",
      "integer",
      null,
      every((row) => (row % 2 === 0 ? 1 : -1) * (2 ** 53 - row)),
    ),
    column(
      "area_um2",
      "float",
      "um2",
      every((row) => Math.sin(row) * 10 ** ((row % 40) - 20)),
    ),
    column(
      "eccentricity",
      "float",
      null,
      every((row) => (row % 7 === 0 ? Number.NaN : row / 3000)),
    ),
    column(
      "limits",
      "float",
      null,
      every((row) => [0, -0, 1 / 0, -1 / 0, 5e-324, 1.7976931348623157e308, 0.1][row % 7]!),
    ),
    column(
      "touches_edge",
      "boolean",
      null,
      every((row) => row % 2),
    ),
    column(
      'a "name", with signs',
      "float",
      null,
      every((row) => row),
    ),
  ],
};

async function asOthersRead(path: string, { columns }: Table): Promise<Record<string, unknown>> {
  const truth = join(folder, "truth.npy");
  const length = columns[0]!.values.length;
  const data = new Float64Array(columns.length * length);
  for (const [index, { values }] of columns.entries()) data.set(values, index * length);
  await writeNpy(truth, { data, shape: [columns.length, length], dtype: "float64" });
  return JSON.parse(await runScript(python, "read_table.py", path, truth)) as Record<string, unknown>;
}

describe("tables", () => {
  const columns = table.columns.map(({ name }) => name);

  it("are read back to the last bit by pandas as CSV", async () => {
    const path = join(folder, "table.csv");
    expect(await writeTable(path, table)).toEqual({ path, format: "csv", rows });
    expect(await asOthersRead(path, table)).toEqual({
      columns,
      rows,
      equal: true,
      signs: true,
      dtypes: ["int64", "int64", "float64", "float64", "float64", "bool", "float64"],
    });
  });

  it("are read back to the last bit by pyarrow and pandas as Parquet, with types and units", async () => {
    const path = join(folder, "table.parquet");
    expect(await writeTable(path, table)).toEqual({ path, format: "parquet", rows });
    expect(await asOthersRead(path, table)).toEqual({
      columns,
      rows,
      equal: true,
      signs: true,
      units: { area_um2: "um2" },
      createdBy: "parfocal",
      dtypes: ["int32", "int64", "float64", "float64", "float64", "bool", "float64"],
    });
  });

  it.each(["csv", "parquet"])("have columns without rows as well: .%s", async (extension) => {
    const path = join(folder, `empty.${extension}`);
    const empty = { columns: table.columns.map((one) => ({ ...one, values: new Float64Array() })) };
    await writeTable(path, empty);
    expect(await asOthersRead(path, empty)).toMatchObject({ columns, rows: 0, equal: true });
  });

  it("are refused where they would replace an input or have no format", async () => {
    const input = join(folder, "input.csv");
    await writeFile(input, "mine");
    await expect(writeTable(input, table, { inputs: [input] })).rejects.toThrow("it is the input");
    await expect(writeTable(join(folder, "table.xlsx"), table)).rejects.toMatchObject({
      code: "OUTPUT_UNWRITABLE",
      hint: "end the name in .csv or .parquet",
    });
    expect((await readdir(folder)).filter((name) => name.includes("partial") || name.includes("xlsx"))).toEqual([]);
  });
});

describe("joinCsvTables", () => {
  const write = async (name: string, columns: readonly TableColumn[]): Promise<{ name: string; path: string }> => {
    const path = join(folder, `join ${name.replace(/\W/g, "")}.csv`);
    await writeTable(path, { columns });
    return { name, path };
  };

  it("puts the columns of all tables side by side, by name, with the image first", async () => {
    const tables = [
      await write("a", [column("label", "integer", null, [1, 2]), column("mean, DAPI", "float", null, [0.5, Number.NaN])]),
      await write('b, "two"', [column("mean, GFP", "float", null, [7]), column("label", "integer", null, [1])]),
      await write("empty", [column("label", "integer", null, []), column("late", "boolean", null, [])]),
      { name: "gone", path: join(folder, "gone.csv") },
    ];
    const path = join(folder, "joined.csv");
    expect(await joinCsvTables(path, tables)).toEqual({
      path,
      rows: 3,
      columns: ["image", "label", "mean, DAPI", "mean, GFP", "late"],
      missing: ["gone"],
    });
    expect(await readFile(path, "utf8")).toBe(
      ['image,label,"mean, DAPI","mean, GFP",late', "a,1,0.5,,", "a,2,,,", '"b, ""two""",1,,7.0,', ""].join("\n"),
    );
  });

  it("keeps every row of many long tables, and leaves nothing behind where it cannot write", async () => {
    const wide = await write("wide", table.columns);
    const path = join(folder, "long.csv");
    const tables = Array.from({ length: 20 }, (_, at) => ({ ...wide, name: `i${at}` }));
    expect((await joinCsvTables(path, tables, { by: "file" })).rows).toBe(20 * rows);
    const lines = (await readFile(path, "utf8")).split("\n");
    const own = (await readFile(wide.path, "utf8")).split("\n");
    expect(lines[0]).toBe(`file,${own[0]}`);
    expect(lines.slice(1 + 19 * rows, 1 + 20 * rows)).toEqual(own.slice(1, 1 + rows).map((line) => `i19,${line}`));
    await expect(joinCsvTables(join(folder, "none", "a.csv"), tables)).rejects.toMatchObject({ code: "OUTPUT_UNWRITABLE" });
    expect((await readdir(folder)).filter((name) => name.endsWith(".partial"))).toEqual([]);
  });
});
