import type { z } from "@hono/zod-openapi";
import { type Module, resolveParams } from "@parfocal/core";
import type { JobRequest } from "./jobs.ts";
import type { KnownModules } from "./known-modules.ts";
import type { jobQuerySchema } from "./schemas.ts";

/**
 * The module that a request names, and its parameters with defaults.
 *
 * @throws ParfocalError MODULE_NOT_FOUND, MODULE_INVALID, MODULE_AMBIGUOUS, PARAMS_INVALID
 */
export async function chooseModule(
  { module: name, folder, from, params = {}, device, build }: z.infer<typeof jobQuerySchema>,
  moduleStarts: readonly string[],
  modules: KnownModules,
): Promise<Pick<JobRequest, "module" | "params" | "device" | "build">> {
  const starts = from === undefined ? moduleStarts : [from, ...moduleStarts];
  const module: Module =
    name === undefined ? await modules.at(folder!) : await modules.named(name.replaceAll(/[\\/]|^\.+/g, "_"), starts);
  return { module, params: resolveParams(module.manifest, params), device, build: build !== "false" };
}
