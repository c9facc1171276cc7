import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { canonicalParam, type Module, type ModuleManifest, type Params, resolveParams } from "@parfocal/core";
import type { ArgsDef } from "citty";
import { withoutNames } from "../inputs/reading-options.ts";
import { flagsOf, globalOptions, type OptionValues, optionValues } from "./command-options.ts";
import { paramFlags, paramValues, unknownParam } from "./param-flags.ts";
import { parseArguments } from "./parse-arguments.ts";
import { usageError } from "./usage-error.ts";

/** What stands behind a module's name on a command line. */
export interface ModuleLine {
  /** Every parameter, defaults filled in. */
  readonly params: Params;
  readonly positionals: readonly string[];
  /** The command's own options. */
  readonly values: OptionValues;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Parameters in a file: an object of them, or a run record, whose parameters are taken. */
async function readParamsFile(path: string, manifest: ModuleManifest): Promise<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    const why = error instanceof SyntaxError ? `is not valid JSON: ${error.message}` : "cannot be read";
    throw usageError(`the parameter file ${path} ${why}`, 'write an object of parameters, for example {"probThreshold": 0.5}');
  }
  const record = isObject(value) && value.format === "parfocal-run" ? value.params : value;
  if (!isObject(record))
    throw usageError(`the parameter file ${path} holds no object of parameters`, 'write for example {"probThreshold": 0.5}');
  return Object.fromEntries(Object.entries(record).map(([name, given]) => [canonicalParam(manifest, name) ?? name, given]));
}

/**
 * Reads a module's parameters and a command's options: flags, and the file of `--params`, over which flags win.
 *
 * @param rest arguments after the module's name
 * @param args the command's options
 * @throws ParfocalError USAGE, PARAMS_INVALID
 */
export async function readModuleLine(
  { name, manifest }: Module,
  rest: readonly string[],
  args: ArgsDef,
  cwd: string,
): Promise<ModuleLine> {
  const params = paramFlags(manifest);
  const options = withoutNames(flagsOf({ ...args, ...globalOptions }), params);
  const parsed = parseArguments(rest, [...params, ...options], {
    onUnknown: (typed) => unknownParam(name, typed, options, params),
  });
  const values = optionValues(parsed.flags);
  const file = values.text("params");
  const given = {
    ...(file === undefined ? {} : await readParamsFile(resolve(cwd, file), manifest)),
    ...paramValues(name, params, parsed.flags),
  };
  return { params: resolveParams(manifest, given), positionals: parsed.positionals, values };
}
