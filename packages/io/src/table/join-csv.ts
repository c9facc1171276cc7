import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { type AtomicFile, writeAtomically } from "@parfocal/core";
import { parseCsvLine, quoteCell } from "./csv-line.ts";

/** One of the tables that become one. */
export interface NamedTable {
  /** What stands in the first column of its rows. */
  readonly name: string;
  /** A CSV that {@link writeTable} wrote. */
  readonly path: string;
}

/** What was written. */
export interface JoinedTables {
  readonly path: string;
  readonly rows: number;
  readonly columns: readonly string[];
  /** Names of the tables that could not be read; their rows are missing. */
  readonly missing: readonly string[];
}

export interface JoinOptions {
  /** Name of the first column. Default "image". */
  readonly by?: string;
}

/** Text that is handed to the file at once. */
const batchLength = 1 << 20;

/**
 * Writes the rows of many CSV tables as one, in their order, with the name of each in the first column. The columns are those of all tables, in the order in which
 * they first appear; a cell is empty where a table lacks its column. Reads line by line, in memory that does not grow with the tables.
 *
 * @throws ParfocalError OUTPUT_UNWRITABLE
 */
export async function joinCsvTables(
  path: string,
  tables: Iterable<NamedTable>,
  { by = "image" }: JoinOptions = {},
): Promise<JoinedTables> {
  const known = new Set<string>();
  const missing: string[] = [];
  const readable: NamedTable[] = [];
  for (const table of tables) {
    const head = await headOf(table.path);
    if (head === null) missing.push(table.name);
    else readable.push(table);
    for (const column of head ?? []) known.add(column);
  }
  const columns = [...known];
  let rows = 0;
  await writeAtomically(path, async (file) => {
    const put = createWriter(file);
    await put.line([by, ...columns].map(quoteCell).join(","));
    for (const { name, path: source } of readable) {
      const start = `${quoteCell(name)},`;
      let arrange: ((line: string) => string) | null = null;
      for await (const line of linesOf(source)) {
        if (arrange === null) arrange = arrangerOf(parseCsvLine(line), columns);
        else {
          await put.line(start + arrange(line));
          rows += 1;
        }
      }
    }
    await put.end();
  });
  return { path, rows, columns: [by, ...columns], missing };
}

/** Puts the cells of a row where its columns are; cells are numbers and words, never quoted. */
function arrangerOf(head: readonly string[], columns: readonly string[]): (line: string) => string {
  if (head.length === columns.length && head.every((name, at) => name === columns[at])) return (line) => line;
  const places = columns.map((name) => head.indexOf(name));
  return (line) => {
    const cells = line.split(",");
    return places.map((place) => cells[place] ?? "").join(",");
  };
}

async function headOf(path: string): Promise<readonly string[] | null> {
  try {
    for await (const line of linesOf(path)) return parseCsvLine(line);
  } catch {
    // told as missing
  }
  return null;
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const stream = createReadStream(path);
  // an error of the stream does not end the lines by itself
  const failed = new Promise<never>((_, reject) => void stream.once("error", reject));
  failed.catch(() => {});
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await Promise.race([lines.next(), failed]);
      if (done) return;
      yield value;
    }
  } finally {
    stream.destroy();
  }
}

function createWriter(file: AtomicFile): { line(text: string): Promise<void>; end(): Promise<void> } {
  let text = "";
  const end = async (): Promise<void> => {
    const bytes = Buffer.from(text);
    text = "";
    await file.append(bytes);
  };
  return {
    async line(more) {
      text += `${more}\n`;
      if (text.length >= batchLength) await end();
    },
    end,
  };
}
