import { suggestNames } from "@parfocal/core";
import type { ArgDef, ArgsDef } from "citty";
import { type Flag, type GivenFlag, parseArguments } from "./parse-arguments.ts";
import { usageError } from "./usage-error.ts";

/** Flags that every command has. */
export const globalOptions: ArgsDef = {
  json: { type: "boolean", description: "Results as JSON on standard output, nothing else there" },
  quiet: { type: "boolean", alias: "q", description: "Say nothing but results and errors" },
  verbose: { type: "boolean", alias: "v", description: "Say more; show Python tracebacks" },
  "no-color": { type: "boolean", description: "No colours; NO_COLOR does the same" },
  help: { type: "boolean", alias: "h", description: "Show this help" },
};

/** Values of a command's options by name; those that were not given are undefined. */
export interface OptionValues {
  text(name: string): string | undefined;
  flag(name: string): boolean | undefined;
}

/** Other names of an option, long and short. */
export function aliasesOf(argument: ArgDef): string[] {
  return "alias" in argument && argument.alias !== undefined ? [argument.alias].flat() : [];
}

/** The flags that a command's definition stands for. */
export function flagsOf(definition: ArgsDef): Flag[] {
  return Object.entries(definition).flatMap(([name, argument]): Flag[] => {
    if (argument.type === "positional") return [];
    const aliases = aliasesOf(argument);
    return [
      {
        key: name,
        names: [name, ...aliases.filter((alias) => alias.length > 1)],
        shorts: aliases.filter((alias) => alias.length === 1),
        takes: argument.type === "boolean" ? "switch" : "value",
      },
    ];
  });
}

/** The error for a flag that a command does not have. */
export function unknownOption(typed: string, known: readonly Flag[], command: string): Error {
  const [meant] = suggestNames(
    typed.replace(/^-+/, ""),
    known.flatMap((flag) => flag.names),
  );
  return usageError(
    `\`parfocal ${command}\` has no option ${typed}`,
    meant === undefined ? `run \`parfocal ${command} --help\` for the options` : `did you mean --${meant}?`,
  );
}

/** The last value of each option among what was given. */
export function optionValues(given: readonly GivenFlag[]): OptionValues {
  const last = new Map(given.map((item) => [item.flag.key, item]));
  return {
    text(name) {
      const value = last.get(name)?.value;
      return typeof value === "string" ? value : undefined;
    },
    flag(name) {
      const item = last.get(name);
      if (item === undefined || typeof item.value === "boolean") return item?.value as boolean | undefined;
      if (item.value === "true") return true;
      if (item.value === "false") return false;
      throw usageError(`${item.typed} is a switch, "${item.value}" is neither true nor false`, `write \`${item.typed}\` alone`);
    },
  };
}

/**
 * Reads the command line of a command whose options are all known beforehand.
 *
 * @param needs positional arguments that must be there
 * @param many whether the last one may be given several times
 * @throws ParfocalError USAGE for unknown options, missing values, too few or too many arguments
 */
export function parseCommand(
  rawArguments: readonly string[],
  definition: ArgsDef,
  command: string,
  needs: number,
  many = false,
): { readonly options: OptionValues; readonly positionals: readonly string[] } {
  const flags = flagsOf({ ...definition, ...globalOptions });
  const { flags: given, positionals } = parseArguments(rawArguments, flags, {
    onUnknown: (typed) => unknownOption(typed, flags, command),
  });
  const names = Object.keys(definition).filter((name) => definition[name]?.type === "positional");
  if (positionals.length < needs) {
    const missing = names[positionals.length]?.toUpperCase();
    throw usageError(`\`parfocal ${command}\` needs ${missing}`, `run \`parfocal ${command} --help\` for examples`);
  }
  if (positionals.length > names.length && !many) {
    throw usageError(
      `\`parfocal ${command}\` does not know what to do with "${positionals[names.length]}"`,
      `run \`parfocal ${command} --help\` for its arguments`,
    );
  }
  return { options: optionValues(given), positionals };
}
