import { fileURLToPath } from "node:url";
import { z } from "zod";
import type {
  MeasurerDefinition,
  MeasurerModule,
  Module,
  ModuleBase,
  ModuleDefinition,
  OutputSpecs,
  OutputsOf,
  ReaderDefinition,
  ReaderModule,
} from "../contract/module.ts";
import type { Prepare } from "../contract/prepare.ts";
import { createMeasurerModule, createReaderModule } from "./create-kinds.ts";
import { createModule } from "./create-module.ts";
import { type ModuleHandle, type ModuleManifest, moduleManifestSchema } from "./manifest.ts";
import { manifestVersions } from "./manifest-version.ts";

/**
 * Turns a definition into a module that can be run, of the kind that it names. Nothing happens here: the manifest is derived when it is first asked for.
 *
 * @throws ZodError at first use, when the definition is not a valid manifest.
 */
export function defineModule<P extends z.ZodObject, const O extends OutputSpecs>(
  definition: ModuleDefinition<P, O>,
): Module<z.infer<P>, OutputsOf<O>>;
export function defineModule<P extends z.ZodObject>(definition: MeasurerDefinition<P>): MeasurerModule<z.infer<P>>;
export function defineModule<P extends z.ZodObject>(definition: ReaderDefinition<P>): ReaderModule<z.infer<P>>;
export function defineModule<P extends z.ZodObject, O extends OutputSpecs>(definition: AnyDefinition<P, O>): ModuleBase {
  let handle: ModuleHandle | undefined;
  const handleOf = () => {
    handle ??= {
      folder: fileURLToPath(definition.folder).replace(/[\\/]$/, ""),
      manifest: deriveManifest(definition),
      ...(definition.prepare !== undefined && { prepare: definition.prepare as Prepare }),
    };
    return handle;
  };
  switch (definition.kind) {
    case "segmenter":
      return createModule(definition, handleOf);
    case "measurer":
      return createMeasurerModule(definition, handleOf);
    case "reader":
      return createReaderModule(definition, handleOf);
  }
}

type AnyDefinition<P extends z.ZodObject, O extends OutputSpecs> =
  | ModuleDefinition<P, O>
  | MeasurerDefinition<P>
  | ReaderDefinition<P>;

function deriveManifest<P extends z.ZodObject>(definition: AnyDefinition<P, OutputSpecs>): ModuleManifest {
  const { folder: _, params, profiles, prepare, ...rest } = definition;
  return moduleManifestSchema.parse({
    manifestVersion: manifestVersions.newest,
    ...rest,
    params: dropSafeIntegerLimits(z.toJSONSchema(params, { io: "input" })),
    profiles: profiles ?? { default: { imports: [] } },
    prepares: prepare !== undefined,
  });
}

/** zod writes the limits of exact integers into every integer's schema; they say nothing and would show up in tables. */
function dropSafeIntegerLimits(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(dropSafeIntegerLimits);
  if (typeof schema !== "object" || schema === null) return schema;
  const kept = Object.entries(schema).filter(
    ([, value]) => value !== Number.MAX_SAFE_INTEGER && value !== Number.MIN_SAFE_INTEGER,
  );
  return Object.fromEntries(kept.map(([key, value]) => [key, dropSafeIntegerLimits(value)]));
}
