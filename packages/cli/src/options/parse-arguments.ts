import { usageError } from "./usage-error.ts";

/** One flag of a command line, whatever it stands for. */
export interface Flag {
  /** What the caller calls it; unique in one call of {@link parseArguments}. */
  readonly key: string;
  /** Long names without dashes, the one to show first. */
  readonly names: readonly string[];
  /** One-letter names without dash. */
  readonly shorts?: readonly string[];
  /** "value": a text follows, as the next argument or after `=`. "switch": nothing follows; `--no-NAME` turns it off. */
  readonly takes: "value" | "switch";
}

export interface GivenFlag {
  readonly flag: Flag;
  /** As it was typed, for messages: `--prob-thresh`. */
  readonly typed: string;
  /** Text of a value; true or false of a switch, its text where one was given after `=`. */
  readonly value: string | boolean;
}

export interface ParsedArguments {
  readonly flags: readonly GivenFlag[];
  readonly positionals: readonly string[];
}

export interface ParseOptions {
  /** Stop before this many positional arguments have been read in full: the rest is returned unread. Default: read all. */
  readonly stopAfterPositionals?: number;
  /** Makes the error for a flag that nobody knows. */
  readonly onUnknown: (typed: string) => Error;
}

const negativeNumber = /^-(\d|\.\d|inf)/i;

/**
 * Reads a command line strictly: every flag must be known, values are never swallowed by accident, negative numbers are values.
 * `--` ends the flags.
 *
 * @throws ParfocalError USAGE for a flag without its value, or whatever `onUnknown` makes
 */
export function parseArguments(
  rawArguments: readonly string[],
  known: readonly Flag[],
  { stopAfterPositionals = Number.POSITIVE_INFINITY, onUnknown }: ParseOptions,
): ParsedArguments & { readonly rest: readonly string[] } {
  const long = new Map(known.flatMap((flag) => flag.names.map((name) => [name, flag] as const)));
  const short = new Map(known.flatMap((flag) => (flag.shorts ?? []).map((name) => [name, flag] as const)));
  const flags: GivenFlag[] = [];
  const positionals: string[] = [];

  let index = 0;
  const takeValue = (flag: Flag, typed: string, attached: string | undefined): GivenFlag => {
    if (attached !== undefined) return { flag, typed, value: attached };
    const next = rawArguments[index];
    if (next === undefined || (next.startsWith("-") && next !== "-" && !negativeNumber.test(next))) {
      throw usageError(`${typed} needs a value`, `write \`${typed} VALUE\` or \`${typed}=VALUE\``);
    }
    index += 1;
    return { flag, typed, value: next };
  };

  while (index < rawArguments.length && positionals.length < stopAfterPositionals) {
    const argument = rawArguments[index]!;
    index += 1;
    if (argument === "--") {
      positionals.push(...rawArguments.slice(index));
      index = rawArguments.length;
    } else if (argument.startsWith("--")) {
      const equals = argument.indexOf("=");
      const typed = equals < 0 ? argument : argument.slice(0, equals);
      const attached = equals < 0 ? undefined : argument.slice(equals + 1);
      const name = typed.slice(2);
      const flag = long.get(name);
      if (flag?.takes === "value") flags.push(takeValue(flag, typed, attached));
      else if (flag) flags.push({ flag, typed, value: attached ?? true });
      else {
        const negated = name.startsWith("no-") && attached === undefined ? long.get(name.slice(3)) : undefined;
        if (negated?.takes !== "switch") throw onUnknown(typed);
        flags.push({ flag: negated, typed, value: false });
      }
    } else if (argument.startsWith("-") && argument.length > 1) {
      const typed = argument.slice(0, 2);
      const flag = short.get(typed.slice(1));
      if (!flag) throw onUnknown(negativeNumber.test(argument) ? argument : typed);
      const attached = argument.length > 2 ? argument.slice(2).replace(/^=/, "") : undefined;
      if (flag.takes === "value") flags.push(takeValue(flag, typed, attached));
      else if (attached === undefined) flags.push({ flag, typed, value: true });
      else throw usageError(`${typed} takes no value, but "${argument}" gives it one`, "write short flags one by one: `-q -v`");
    } else {
      positionals.push(argument);
    }
  }
  return { flags, positionals, rest: rawArguments.slice(index) };
}
