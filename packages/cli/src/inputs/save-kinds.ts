import { suggestNames } from "@parfocal/core";
import { usageError } from "../options/usage-error.ts";

/** What can be written of each image beside its labels and overlay: the end of the file's name, and what it is. */
export const saveKinds = {
  csv: { ending: "_measurements.csv", description: "measurements for a spreadsheet" },
  parquet: { ending: "_measurements.parquet", description: "measurements for a program" },
  roi: { ending: "_rois.zip", description: "outlines for ImageJ and Fiji" },
  geojson: { ending: ".geojson", description: "outlines for QuPath" },
} as const satisfies Readonly<Record<string, { readonly ending: string; readonly description: string }>>;

export type SaveKind = keyof typeof saveKinds;

const names = Object.keys(saveKinds) as SaveKind[];
const otherNames: Readonly<Record<string, SaveKind>> = { rois: "roi", imagej: "roi", fiji: "roi", qupath: "geojson" };

/** `a`, `b` and `c`. */
const listed = names.map((name) => `${name} (${saveKinds[name].description})`).join(", ");

/**
 * What `--save csv,roi` asks for.
 *
 * @throws ParfocalError USAGE for what cannot be saved
 */
export function readSave(text: string | undefined): ReadonlySet<SaveKind> {
  const asked = (text ?? "").split(",").flatMap((word) => {
    const name = word.trim().toLowerCase();
    if (name === "" || name === "labels") return [];
    if (name === "all") return names;
    const kind = otherNames[name] ?? names.find((known) => known === name);
    if (kind !== undefined) return [kind];
    const [meant] = suggestNames(name, [...names, ...Object.keys(otherNames)]);
    throw usageError(`--save knows no "${word}"`, meant === undefined ? `it takes ${listed}` : `did you mean ${meant}?`);
  });
  return new Set(asked);
}

/** Help for `--save`. */
export const saveHelp = `Also write, a comma between: ${listed}`;
