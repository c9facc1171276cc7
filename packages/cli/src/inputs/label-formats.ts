import { usageError } from "../options/usage-error.ts";

/** Formats of labels, and how names of their files end; the first ending is the one that is given to new files. */
const endings = {
  tif: [".tif", ".tiff"],
  "ome.tif": [".ome.tif", ".ome.tiff"],
  zarr: [".ome.zarr", ".zarr"],
  npy: [".npy"],
} as const satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export type LabelFormat = keyof typeof endings;

const formats = Object.keys(endings) as LabelFormat[];
const longestFirst = formats
  .flatMap((format) => endings[format].map((ending) => ({ format, ending })))
  .sort((a, b) => b.ending.length - a.ending.length);

/** How the name of a new file of labels ends: `.tif`. */
export const labelEnding = (format: LabelFormat = "tif"): string => endings[format][0];

/** Names of the formats, as one types them. */
export const labelFormatNames = formats.join("|");

/** The format of labels that a path names, and its path without the ending; null where it names none. */
export function readLabelName(path: string): { readonly format: LabelFormat; readonly stem: string } | null {
  const lower = path.toLowerCase();
  const found = longestFirst.find(({ ending }) => lower.endsWith(ending));
  return found === undefined ? null : { format: found.format, stem: path.slice(0, path.length - found.ending.length) };
}

/**
 * What `--format` asks for.
 *
 * @throws ParfocalError USAGE
 */
export function readLabelFormat(text: string | undefined): LabelFormat | undefined {
  const format = formats.find((known) => known === text);
  if (text === undefined || format !== undefined) return format;
  throw usageError(`--format takes ${formats.join(", ")}, not "${text}"`, "leave it away for tif");
}
