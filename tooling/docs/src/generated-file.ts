/** A file, or part of one, that is derived from something else. */
export interface GeneratedFile {
  /** Absolute path. */
  readonly path: string;
  /** Whole content as it should be. */
  readonly content: string;
}

/**
 * Replaces what stands between `<!-- NAME:start -->` and `<!-- NAME:end -->`.
 * @throws Error when the text lacks one of the two markers.
 */
export function replaceSection(text: string, name: string, section: string): string {
  const start = `<!-- ${name}:start -->`;
  const end = `<!-- ${name}:end -->`;
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from < 0 || to < 0) throw new Error(`lacks ${start} and ${end}; add both lines where the ${name} belong`);
  return `${text.slice(0, from + start.length)}\n${section}\n${text.slice(to)}`;
}

/** One row of a Markdown table. */
export function tableRow(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
