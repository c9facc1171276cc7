import { remembered } from "./remembered.ts";

/** `probThreshold` -> `prob_threshold`. */
export const toSnakeCase = remembered((name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** `prob_threshold` and `prob-threshold` -> `probThreshold`. */
export const toCamelCase = remembered((name: string) =>
  name.replace(/[-_]([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
);

/** `probThreshold` -> `prob-threshold`. */
export function toKebabCase(name: string): string {
  return toSnakeCase(name).replaceAll("_", "-");
}

/** Number of single-letter edits, swaps of neighbours included, that turn one word into the other. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** The known words that a mistyped one probably meant, nearest first; empty when none is near. */
export function suggestNames(given: string, known: readonly string[]): string[] {
  const plain = (word: string) => word.toLowerCase().replaceAll(/[-_]/g, "");
  const wanted = plain(given);
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return known
    .map((name) => {
      const other = plain(name);
      const prefix = wanted.length >= 3 && (other.startsWith(wanted) || wanted.startsWith(other));
      return { name, distance: prefix ? 0.5 : editDistance(wanted, other) };
    })
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}
