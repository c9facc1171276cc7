import { z } from "zod";
import { unreadable } from "../read/unreadable.ts";
import { micrometresPer } from "../tiff/length-units.ts";
import type { ZarrStore } from "./zarr-store.ts";

const scaleSchema = z
  .array(z.object({ type: z.string(), scale: z.array(z.number()).optional() }))
  .optional()
  .transform((all) => all?.find(({ type }) => type === "scale")?.scale);

const attributesSchema = z.object({
  multiscales: z
    .array(
      z.object({
        name: z.string().optional(),
        axes: z.array(z.object({ name: z.string(), type: z.string().optional(), unit: z.string().optional() })).min(1),
        datasets: z.array(z.object({ path: z.string().min(1), coordinateTransformations: scaleSchema })).min(1),
        coordinateTransformations: scaleSchema,
      }),
    )
    .optional(),
  omero: z.object({ channels: z.array(z.object({ label: z.string().optional() })).optional() }).optional(),
  plate: z.object({ wells: z.array(z.object({ path: z.string() })) }).optional(),
  well: z.object({ images: z.array(z.object({ path: z.string() })) }).optional(),
  series: z.array(z.string()).optional(),
  "bioformats2raw.layout": z.number().optional(),
});

/** What the attributes of a group say of images, of OME-NGFF 0.4 and 0.5. */
export interface GroupMetadata extends z.infer<typeof attributesSchema> {
  /** Version of Zarr that the group is stored in. */
  readonly zarr: 2 | 3;
}

/**
 * @param group key of the group, "" or with a slash at its end
 * @returns null when there is no group
 * @throws ParfocalError INPUT_UNREADABLE when its attributes are not those of OME-Zarr
 */
export async function readGroup(store: ZarrStore, folder: string, group = ""): Promise<GroupMetadata | null> {
  const newer = await store.readJson(`${group}zarr.json`);
  const older = newer === null ? await store.readJson(`${group}.zattrs`) : null;
  const attributes = newer === null ? older : ((newer.attributes ?? {}) as Record<string, unknown>);
  if (attributes === null || newer?.node_type === "array") return null;
  const parsed = attributesSchema.safeParse(attributes.ome ?? attributes);
  if (parsed.success) return { ...parsed.data, zarr: newer === null ? 2 : 3 };
  const [issue] = parsed.error.issues;
  throw unreadable(folder, `its OME metadata are damaged: ${issue?.path.join(".")}: ${issue?.message}`, "export the image again");
}

export interface ZarrImage {
  readonly name: string;
  readonly axes: string;
  readonly pixelSize: Readonly<Partial<Record<"x" | "y" | "z", number>>>;
  readonly channels: readonly string[];
  /** Keys of the arrays, full resolution first. */
  readonly paths: readonly string[];
  readonly notes: readonly string[];
}

/** The first multiscale image of a group. @param group key of the group, "" or with a slash at its end */
export function imageOf({ multiscales, omero }: GroupMetadata, folder: string, group: string): ZarrImage | null {
  const [first, ...others] = multiscales ?? [];
  if (first === undefined) return null;
  const axes = first.axes.map(({ name }) => name.toLowerCase()).join("");
  if (!/^[tczyx]+$/.test(axes) || axes.length !== first.axes.length || new Set(axes).size !== axes.length) {
    const named = first.axes.map(({ name }) => name).join(", ");
    throw unreadable(folder, `its axes are ${named}; only t, c, z, y and x are read, each once`, "export it with these axes");
  }
  const scale = first.datasets[0]!.coordinateTransformations;
  const pixelSize: Record<string, number> = {};
  for (const [at, { name, unit }] of first.axes.entries()) {
    const size =
      (scale?.[at] ?? Number.NaN) * (first.coordinateTransformations?.[at] ?? 1) * (micrometresPer(unit ?? "") ?? Number.NaN);
    if ("xyz".includes(name) && size > 0 && Number.isFinite(size)) pixelSize[name] = size;
  }
  return {
    name: first.name ?? "",
    axes,
    pixelSize,
    channels: omero?.channels?.map(({ label }) => label ?? "") ?? [],
    paths: first.datasets.map(({ path }) => `${group}${path}`),
    notes: others.length > 0 ? [`the first of ${others.length + 1} images in the group is read`] : [],
  };
}

/** Keys and names of the fields of view below a group without an image of its own: a plate's, or a series'. */
export async function fieldsOf(
  group: GroupMetadata,
  store: ZarrStore,
  folder: string,
): Promise<readonly { readonly name: string; readonly key: string }[]> {
  if (group.plate !== undefined) {
    const fields = [];
    for (const { path } of group.plate.wells) {
      const well = await readGroup(store, folder, `${path}/`);
      fields.push(...(well?.well?.images ?? []).map((image) => `${path}/${image.path}`));
    }
    return fields.map((name) => ({ name, key: `${name}/` }));
  }
  const listed = group.series ?? (await readGroup(store, folder, "OME/"))?.series;
  if (listed !== undefined) return listed.map((name) => ({ name, key: `${name}/` }));
  const fields = [];
  // bioformats2raw numbers its series and need not list them
  for (let at = 0; group["bioformats2raw.layout"] !== undefined && at < 10_000; at += 1) {
    if ((await readGroup(store, folder, `${at}/`)) === null) break;
    fields.push({ name: String(at), key: `${at}/` });
  }
  return fields;
}
