import { basename, dirname, extname, relative, sep } from "node:path";

function stemOf(path: string): string {
  return basename(path).replace(/(\.ome)?\.[^.]+$/i, "");
}

/** From the plainest name to the longest: `cell`, `cell_png`, `plate2_cell`, `day1_plate2_cell_png`. */
const styles: readonly ((path: string, root: string) => string)[] = [
  stemOf,
  (path) => `${stemOf(path)}_${extname(path).slice(1)}`,
  (path) => `${basename(dirname(path))}_${stemOf(path)}`,
  (path, root) => {
    const folders = relative(root, dirname(path))
      .split(sep)
      .filter((part) => part !== "" && part !== "..");
    return [...folders, stemOf(path), extname(path).slice(1)].join("_");
  },
];

/** Two names that some file system takes for one count as one. */
function keyOf(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/**
 * A name for the results of each input: its own without extension where that is unique, else with what tells it apart.
 *
 * @param root folder that long names are relative to
 * @returns null where some still have the same name
 */
export function uniqueNames(paths: readonly string[], root: string): string[] | null {
  const groups = new Map<string, string[]>();
  for (const path of paths) {
    const group = groups.get(keyOf(stemOf(path)));
    if (group === undefined) groups.set(keyOf(stemOf(path)), [path]);
    else group.push(path);
  }
  const styleOf = new Map(
    Array.from(groups, ([key, group]) => [
      key,
      styles.find((candidate) => new Set(group.map((path) => keyOf(candidate(path, root)))).size === group.length),
    ]),
  );
  const names = paths.map((path) => styleOf.get(keyOf(stemOf(path)))?.(path, root));
  if (names.includes(undefined)) return null;
  const found = names as string[];
  return new Set(found.map(keyOf)).size === found.length ? found : null;
}
