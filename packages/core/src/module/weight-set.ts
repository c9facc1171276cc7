import { z } from "zod";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be 64 hexadecimal digits");

/** One file that a model needs and that is downloaded, not installed. */
export const weightFileSchema = z.strictObject({
  /** Unique in the module; the key in the worker's `options.weights`. */
  name: z.string().min(1),
  /** Where it is published. Its host and path say where the file lies on this machine, so that modules share it. */
  url: z.string().regex(/^https?:\/\/[^/]+\/./, "must be an http or https address of a file"),
  /** Size in bytes; null when the publisher does not say. */
  bytes: z.int().nonnegative().nullable(),
  /** Hash that somebody computed or the publisher states; null when there is none: then the first download records it. */
  sha256: sha256.nullable(),
});

/** Licences that a person must know of before a download: names such as "MIT", or words. */
export const weightLicenceSchema = z.strictObject({
  code: z.string(),
  weights: z.string(),
  trainingData: z.string(),
  /** Whether the files may be passed on. */
  redistribution: z.enum(["yes", "no", "unclear"]),
});

/** Files that belong together, and the load parameters that need them. */
export const weightSetSchema = z.strictObject({
  name: z.string().min(1),
  description: z.string(),
  /**
   * Load parameters that need this set, camelCase: `{ model: "cyto3" }`, `{ restore: ["denoise_cyto3", "deblur_cyto3"] }` (one of these).
   * All must match; `{}` is always needed.
   */
  when: z.record(z.string(), z.union([z.string(), z.array(z.string()).min(1)])),
  files: z.array(weightFileSchema).min(1),
  licence: weightLicenceSchema,
  /** Page or paper that the weights come from. */
  source: z.string().optional(),
});

/** Files that belong together, and the load parameters that need them. */
export type WeightSet = z.infer<typeof weightSetSchema>;
/** One file of a {@link WeightSet}. */
export type WeightFile = z.infer<typeof weightFileSchema>;
/** Licences of a {@link WeightSet}. */
export type WeightLicence = z.infer<typeof weightLicenceSchema>;

interface Declared {
  readonly weights: readonly WeightSet[];
  readonly params: Readonly<Record<string, unknown>>;
}

/** What is wrong with the weight sets of a manifest taken together, with the place; null when nothing is. */
export function weightsProblem({ weights, params }: Declared): { path: (string | number)[]; message: string } | null {
  const properties = (params.properties ?? {}) as Readonly<Record<string, { readonly stage?: unknown } | undefined>>;
  const urls = new Map<string, string>();
  const sets = new Set<string>();
  for (const [i, { name, when, files }] of weights.entries()) {
    if (sets.has(name)) return { path: ["weights", i, "name"], message: `another set is called ${name}, too` };
    sets.add(name);
    for (const param of Object.keys(when)) {
      if (properties[param]?.stage === "load") continue;
      return { path: ["weights", i, "when", param], message: 'there is no such parameter of stage "load"' };
    }
    for (const [j, file] of files.entries()) {
      const known = urls.get(file.name);
      urls.set(file.name, file.url);
      if (known === undefined || known === file.url) continue;
      return { path: ["weights", i, "files", j, "name"], message: `another file is called ${file.name}, too` };
    }
  }
  return null;
}
