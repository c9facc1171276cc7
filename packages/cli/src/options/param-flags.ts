import {
  describeParams,
  describeRange,
  type ModuleManifest,
  type ParameterDescription,
  ParfocalError,
  suggestNames,
} from "@parfocal/core";
import type { Flag, GivenFlag } from "./parse-arguments.ts";
import { parseValue } from "./parse-value.ts";

/** One parameter of a module with the flags that set it. */
export interface ParamFlag extends Flag {
  readonly parameter: ParameterDescription;
}

/** Flags of a module's parameters: kebab-case, and the aliases both as they are and in kebab-case. */
export function paramFlags(manifest: ModuleManifest): ParamFlag[] {
  return describeParams(manifest).map((parameter) => {
    const others = [...parameter.aliases, parameter.pythonName, parameter.name];
    const names = [parameter.flag, ...others.flatMap((name) => [name.replaceAll("_", "-"), name])];
    return {
      key: `param:${parameter.name}`,
      parameter,
      names: [...new Set(names)],
      takes: parameter.type === "boolean" ? "switch" : "value",
    };
  });
}

/** What a parameter takes, in words, with the word that the command line has for null. */
export function describeFlagRange(parameter: ParameterDescription): string {
  return describeRange(parameter).replace(/, or null$/, ", or auto");
}

/**
 * The parameters that the given flags set, by camelCase name.
 *
 * @throws ParfocalError PARAMS_INVALID for a text that is not what the parameter takes
 */
export function paramValues(module: string, flags: readonly ParamFlag[], given: readonly GivenFlag[]): Record<string, unknown> {
  const byKey = new Map(flags.map((flag) => [flag.key, flag.parameter]));
  const values: Record<string, unknown> = {};
  for (const { flag, typed, value } of given) {
    const parameter = byKey.get(flag.key);
    if (!parameter) continue;
    const parsed = typeof value === "boolean" ? value : parseValue(parameter, value);
    if (parsed === undefined) {
      const message = `${typed} takes ${describeFlagRange(parameter)}, not "${value}"`;
      throw new ParfocalError("PARAMS_INVALID", message, {
        hint: `run \`parfocal run ${module} --help\` for the parameters`,
        details: { issues: [{ param: parameter.name, message }] },
      });
    }
    values[parameter.name] = parsed;
  }
  return values;
}

/** The error for a flag that is neither an option of `run` nor a parameter of the module. */
export function unknownParam(
  module: string,
  typed: string,
  options: readonly Flag[],
  params: readonly ParamFlag[],
): ParfocalError {
  const word = typed.replace(/^-+(no-)?/, "");
  const [meant] = suggestNames(
    word,
    [...params, ...options].flatMap((flag) => flag.names),
  );
  const hint = meant === undefined ? `run \`parfocal run ${module} --help\` for the parameters` : `did you mean --${meant}?`;
  const message = `${module} has no parameter ${typed}`;
  return new ParfocalError("PARAMS_INVALID", message, { hint, details: { issues: [{ param: word, message }] } });
}
