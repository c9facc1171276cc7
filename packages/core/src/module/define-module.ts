import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Module, ModuleDefinition, OutputSpecs, OutputsOf } from "../contract/module.ts";
import type { Prepare } from "../contract/prepare.ts";
import { createModule } from "./create-module.ts";
import { type ModuleHandle, type ModuleManifest, moduleManifestSchema } from "./manifest.ts";
import { manifestVersions } from "./manifest-version.ts";

/**
 * Turns a definition into a module that can be run. Nothing happens here: the manifest is derived when it is first asked for.
 *
 * @throws ZodError at first use, when the definition is not a valid manifest.
 */
export function defineModule<P extends z.ZodObject, const O extends OutputSpecs>(
  definition: ModuleDefinition<P, O>,
): Module<z.infer<P>, OutputsOf<O>> {
  let handle: ModuleHandle | undefined;
  return createModule<z.infer<P>, OutputsOf<O>>({ name: definition.name, version: definition.version }, () => {
    handle ??= {
      folder: fileURLToPath(definition.folder).replace(/[\\/]$/, ""),
      manifest: deriveManifest(definition),
      ...(definition.prepare !== undefined && { prepare: definition.prepare as Prepare }),
    };
    return handle;
  });
}

function deriveManifest<P extends z.ZodObject>(definition: ModuleDefinition<P, OutputSpecs>): ModuleManifest {
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
