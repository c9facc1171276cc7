import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Module } from "../contract/module.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { createModule } from "./create-module.ts";
import { moduleManifestSchema } from "./manifest.ts";
import { checkManifestVersion } from "./manifest-version.ts";
import { paramsProblem } from "./params-problem.ts";

/** What a module.json that a person wrote may leave out; the rest of `accepts` when it is there in part. */
const defaults = {
  manifestVersion: 1,
  version: "0.0.0",
  kind: "segmenter",
  description: "",
  params: { type: "object", properties: {} },
  outputs: { labels: { kind: "labels", description: "objects" } },
  profiles: { default: { imports: [] } },
};
const defaultAccepts = {
  axes: ["yx"],
  dtypes: ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"],
};

/**
 * Reads a module from its folder: `module.json` beside `python/`, or beside what else would be in `python/`. None of the module's
 * JavaScript is run; where the manifest says `prepares`, the package's entry point is imported when a worker is started. Only `name` must be in module.json: without the rest the module is a segmenter of version 0.0.0 that takes `yx`
 * images of any dtype but 64-bit integers, has no parameters and gives labels.
 *
 * @throws ParfocalError MODULE_INCOMPATIBLE when the module was made for a core too old or too new for this one; MODULE_INVALID when module.json is missing, is no JSON, does not follow the manifest's schema, or has parameters
 * that flags and forms cannot show; the message names the field.
 */
export async function readModule(folder: string): Promise<Module> {
  const root = resolve(folder);
  const path = join(root, "module.json");
  const json = readJson(path);
  checkManifestVersion(root, json);
  const manifest = moduleManifestSchema.safeParse(withDefaults(json));
  const problem = manifest.success ? paramsProblem(manifest.data) : z.prettifyError(manifest.error);
  if (!manifest.success || problem !== null) {
    throw new ParfocalError("MODULE_INVALID", `${path} is not a valid module manifest: ${problem}`, {
      hint: "install the module again; if it is your own, correct the field, or build it where module.json is built",
    });
  }
  const handle = { folder: root, manifest: manifest.data };
  return createModule(manifest.data, () => handle);
}

function withDefaults(json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return json;
  const { accepts = {}, ...rest } = json as Record<string, unknown>;
  return { ...defaults, ...rest, accepts: typeof accepts === "object" ? { ...defaultAccepts, ...accepts } : accepts };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new ParfocalError(
      "MODULE_INVALID",
      missing ? `no module lies here: ${path} does not exist` : `${path} cannot be read`,
      {
        hint: missing ? "give the folder that holds module.json, or build the module first" : "install the module again",
        cause: error,
      },
    );
  }
}
