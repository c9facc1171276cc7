import { z } from "zod";

/** Name of the list of contents in a bundle, and of what an installed app keeps of it. */
export const manifestName = "bundle.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const bundleFile = z.strictObject({
  /** Path in the bundle, with slashes. */
  path: z.string().min(1).max(400),
  bytes: z.int().min(0),
  sha256,
  executable: z.literal(true).optional(),
});

/** What a bundle says of itself, and every file in it. */
export const manifestSchema = z.strictObject({
  bundleVersion: z.literal(1),
  /** Version of the command in it. */
  parfocal: z.string(),
  platform: z.string(),
  accelerator: z.enum(["cpu", "cuda", "directml"]),
  node: z.string(),
  uv: z.string(),
  modules: z.array(
    z.strictObject({
      name: z.string(),
      version: z.string(),
      profile: z.string(),
      /** The lock whose wheels are here: the bundle's accelerator, or cpu where the module has no other. */
      accelerator: z.enum(["cpu", "cuda", "directml"]),
      lockSha256: sha256,
      /** Minor version of Python. */
      python: z.string().regex(/^\d+\.\d+$/),
    }),
  ),
  /** Pythons in it, by minor version: the folder below `python`. */
  pythons: z.record(z.string(), z.string()),
  /** About how much the environments take when they are built. */
  environmentBytes: z.int().nullable(),
  files: z.array(bundleFile).max(200_000),
  /** Symbolic links inside `python`, relative to where they lie. */
  links: z.array(z.strictObject({ path: z.string().min(1).max(400), target: z.string().min(1).max(400) })).max(10_000),
});

export type BundleManifest = z.infer<typeof manifestSchema>;
export type BundleFile = z.infer<typeof bundleFile>;

/** Sum of all files. */
export function contentBytes(files: readonly Pick<BundleFile, "bytes">[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}
