import { basename, dirname, join } from "node:path";
import { formatCount } from "../text/format.ts";
import type { Batch, Summary } from "./summary.ts";

/** Name of the table of a whole batch. */
const tableName = "measurements.csv";

/** Gathers where the measurements of each image are, and makes one table of them; they are read again at the end, line by line. */
export function createTableSummary({ runs }: Batch): Summary {
  const tables = new Map<string, string>();
  return {
    async add(outcome) {
      if (!outcome.error && outcome.outputs.csv) tables.set(outcome.outputs.run, outcome.outputs.csv);
    },
    async write() {
      if (tables.size === 0) return null;
      const { joinCsvTables } = await import("@parfocal/io");
      const named = runs.flatMap((run) => {
        const path = tables.get(run);
        return path === undefined ? [] : [{ name: basename(run).replace(/\.run\.json$/, ""), path }];
      });
      const { path, rows, missing } = await joinCsvTables(join(dirname(runs[0] ?? "."), tableName), named);
      const without = missing.length === 0 ? "" : `, without those of ${missing.join(", ")}, which cannot be read`;
      return { path, words: `all measurements, ${formatCount(rows, "row")}${without}` };
    },
  };
}
