import { type ArgsDef, type CommandDef, type CommandMeta, defineCommand } from "citty";
import type { CliContext } from "./context.ts";
import { type OptionValues, parseCommand } from "./options/command-options.ts";

/** What help shows of a command beside its options. */
export interface HelpMeta extends CommandMeta {
  readonly name: string;
  readonly description: string;
  /** Arguments after the command's name: `MODULE INPUT... [options]`. */
  readonly usage: string;
  /** True when the parameters of the module that is named first are options, too. */
  readonly takesParameters?: boolean;
  /** Command lines with what they do. */
  readonly examples?: readonly (readonly [command: string, meaning: string])[];
  /** Paragraphs below the options. */
  readonly notes?: readonly string[];
}

export interface CommandCall {
  readonly context: CliContext;
  readonly options: OptionValues;
  readonly positionals: readonly string[];
}

export interface SimpleCommand {
  readonly meta: HelpMeta;
  /** Positional arguments and options, without the global ones; a function when they are not ours to know before they are needed. */
  readonly args: ArgsDef | (() => Promise<ArgsDef>);
  /** Positional arguments that must be there. */
  readonly needs: number;
  /** Whether the last positional argument may be given several times. */
  readonly many?: boolean;
  /** @returns the exit code; nothing means 0 */
  run(call: CommandCall): Promise<number | undefined>;
}

/** A command whose options are all known beforehand, read strictly. */
export function defineSimpleCommand({ meta, args, needs, many, run }: SimpleCommand): CommandDef {
  return defineCommand({
    meta,
    args,
    async run({ rawArgs, data }) {
      const definition = typeof args === "function" ? await args() : args;
      return run({ context: data as CliContext, ...parseCommand(rawArgs, definition, meta.name, needs, many) });
    },
  });
}

/** Meta of a command of ours. */
export async function metaOf(command: CommandDef): Promise<HelpMeta> {
  const { meta } = command;
  return (await (typeof meta === "function" ? meta() : meta)) as HelpMeta;
}

/** Arguments of a command of ours. */
export async function argsOf(command: CommandDef): Promise<ArgsDef> {
  const { args } = command;
  return (await (typeof args === "function" ? args() : args)) ?? {};
}
