import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { Module } from "../contract/module.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { createModule } from "./create-module.ts";
import { moduleManifestSchema } from "./manifest.ts";

/**
 * Reads a module from its folder: `module.json` beside `python/`. None of the module's JavaScript is run.
 *
 * @throws ParfocalError MODULE_INVALID when module.json is missing, is no JSON or does not follow the manifest's schema.
 */
export async function readModule(folder: string): Promise<Module> {
  const root = resolve(folder);
  const path = join(root, "module.json");
  const manifest = moduleManifestSchema.safeParse(readJson(path));
  if (!manifest.success) {
    throw new ParfocalError("MODULE_INVALID", `${path} is not a valid module manifest: ${z.prettifyError(manifest.error)}`, {
      hint: "install the module again, or build it if it is your own",
    });
  }
  const handle = { folder: root, manifest: manifest.data };
  return createModule(manifest.data, () => handle);
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
