/** One complaint about a Python file. */
export interface Finding {
  /** Path relative to the package's folder, with forward slashes. */
  readonly path: string;
  readonly row: number;
  readonly column: number;
  readonly rule: string;
  readonly message: string;
}

/** `python/worker.py:3:1 F401 ...`, one line for each, in the order of files and lines. */
export function formatFindings(findings: readonly Finding[]): string {
  return findings
    .toSorted((a, b) => a.path.localeCompare(b.path) || a.row - b.row || a.column - b.column)
    .map(({ path, row, column, rule, message }) => `${path}:${row}:${column} ${rule} ${message.replaceAll("\n", " ")}`)
    .join("\n");
}
