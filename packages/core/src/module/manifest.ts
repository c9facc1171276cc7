import { z } from "zod";
import type { Prepare } from "../contract/prepare.ts";
import { manifestVersions } from "./manifest-version.ts";
import { weightSetSchema, weightsProblem } from "./weight-set.ts";

/** Operations that a module of each kind has. */
export const moduleKinds = ["segmenter", "reader", "measurer"] as const;

/** Stage of a parameter: "load" goes to the model's constructor, "network" needs the network again, "post" only what follows it. */
export const parameterStages = ["load", "network", "post"] as const;

/** Builds of a module's environment, by what computes: each has its own lock. */
export const accelerators = ["cpu", "cuda", "directml"] as const;
export type Accelerator = (typeof accelerators)[number];

const relativePath = z.string().regex(/^(?!\/)(?!.*\.\.)(?!.*\\)[^\0]+$/, "must be a relative path without ..");

const outputSchema = z.strictObject({
  /** "labels": int32, 0 background; "array": anything else. */
  kind: z.enum(["labels", "array"]),
  description: z.string(),
  /** True when not every run has it. */
  optional: z.boolean().default(false),
});

const sampleFileSchema = z.strictObject({
  /** "package": relative to the module's folder; "environment": relative to the environment's site-packages. */
  from: z.enum(["package", "environment"]),
  path: relativePath,
});

const sampleSchema = z.strictObject({
  image: sampleFileSchema,
  /** Labels that people drew for the image. */
  truth: sampleFileSchema.optional(),
  axes: z.string(),
  description: z.string(),
  licence: z.string(),
  params: z.record(z.string(), z.unknown()).default({}),
  /** What the module must reach on this sample: matched at this IoU, F1 at least this. */
  score: z.strictObject({ iou: z.number().gt(0).lte(1), f1: z.number().gte(0).lte(1) }).optional(),
});

const manifestSchema = z.strictObject({
  /** Version of the contract between module and core. */
  manifestVersion: z.int().min(manifestVersions.oldest).max(manifestVersions.newest),
  name: z.string().regex(/^[a-z][a-z0-9-]{0,38}$/, "must be lower case letters, digits and dashes"),
  version: z.string(),
  kind: z.enum(moduleKinds),
  description: z.string(),
  /** JSON Schema (draft 2020-12, input side) of the parameters, camelCase, with title, unit, step, group, effect, aliases and stage. */
  params: z.record(z.string(), z.unknown()),
  /** Of images; of a reader, which takes none, empty. */
  accepts: z
    .strictObject({
      /** Axis orders the worker takes, most wanted first, for example ["yx", "zyx"]. */
      axes: z.array(z.string().regex(/^[tczyx]+$/)),
      dtypes: z.array(
        z.enum(["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64"]),
      ),
    })
    .default({ axes: [], dtypes: [] }),
  /** Of a segmenter. */
  outputs: z.record(z.string(), outputSchema).default({}),
  /** Of a reader: what it reads, for people, by ending in lower case: { ".nd2": "Nikon ND2" }. */
  reads: z.record(z.string().regex(/^\.[a-z0-9.]+$/), z.string()).default({}),
  /** Of a measurer: true when labels may be a window of larger ones, whose place is in `context.window`. */
  windows: z.boolean().default(false),
  /** True when the worker has `refine`. */
  refine: z.boolean().default(false),
  /** Named environments. `imports` are the Python modules that the finished environment must import. */
  profiles: z.record(z.string(), z.strictObject({ imports: z.array(z.string()) })),
  sample: sampleSchema.optional(),
  /** Files that are downloaded before a worker with matching load parameters starts. */
  weights: z.array(weightSetSchema).default([]),
  /** True when the package's entry point has a `prepare` that must run before a worker starts. */
  prepares: z.boolean().default(false),
});

/** The content of a module's `module.json`: all that other programs need to know of a module without running it. */
export const moduleManifestSchema = manifestSchema.superRefine((manifest, context) => {
  const problem = weightsProblem(manifest) ?? kindProblem(manifest);
  if (problem !== null) context.addIssue({ code: "custom", ...problem });
});

/** What a module of its kind must declare and does not. */
function kindProblem({ kind, accepts, outputs, reads }: z.infer<typeof manifestSchema>) {
  const empty: Readonly<Record<string, boolean>> = {
    "accepts.axes": kind !== "reader" && accepts.axes.length === 0,
    "accepts.dtypes": kind !== "reader" && accepts.dtypes.length === 0,
    outputs: kind === "segmenter" && Object.keys(outputs).length === 0,
    reads: kind === "reader" && Object.keys(reads).length === 0,
  };
  const path = Object.keys(empty).find((name) => empty[name]);
  return path === undefined ? null : { path: path.split("."), message: `a ${kind} declares at least one` };
}

export type ModuleManifest = z.infer<typeof moduleManifestSchema>;
export type ModuleSample = z.infer<typeof sampleSchema>;

/** A module as plain data: where it lies and what it says of itself. Environments and workers need nothing else. */
export interface ModuleHandle {
  /** Absolute path of the module's folder: module.json, and `python/` or what would be in it. */
  readonly folder: string;
  readonly manifest: ModuleManifest;
  /** The module's own step before a worker starts. Of a module that was read from its folder it is imported when it is needed. */
  readonly prepare?: Prepare;
}
