import type { CommandDef } from "citty";
import { argsOf, metaOf } from "./command.ts";
import { commands } from "./commands/index.ts";
import { usageError } from "./options/usage-error.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { readVersion } from "./version.ts";

type Loader = () => Promise<CommandDef>;

/** What a command line names: a command with the arguments that are its own, or none, which means the overview. */
export interface Resolved {
  readonly command: CommandDef | null;
  readonly rawArguments: readonly string[];
}

async function loaderNamed(name: string, loaders: Readonly<Record<string, Loader>>, parent: string): Promise<Loader> {
  const loader = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (loader) return loader;
  const { suggestNames } = await import("@parfocal/core");
  const [meant] = suggestNames(name, Object.keys(loaders));
  throw usageError(
    `\`${parent}\` has no command "${name}"`,
    meant === undefined ? `run \`${parent} --help\` for the commands` : `did you mean \`${parent} ${meant}\`?`,
  );
}

/**
 * Finds the command that a command line names. Flags before its name are passed on to it.
 *
 * @throws ParfocalError USAGE for a command that does not exist, with the one that was probably meant
 */
export async function resolveCommand(rawArguments: readonly string[]): Promise<Resolved> {
  let loaders: Readonly<Record<string, Loader>> | undefined = commands;
  let command: CommandDef | null = null;
  let parent = "parfocal";
  let rest = [...rawArguments];
  while (loaders) {
    const at = rest.findIndex((argument) => !argument.startsWith("-"));
    const name = rest[at];
    if (name === undefined || rest.slice(0, at).includes("--")) break;
    const load: Loader = await loaderNamed(name, loaders, parent);
    command = await load();
    parent = `${parent} ${name}`;
    rest = rest.toSpliced(at, 1);
    loaders = command.subCommands as Readonly<Record<string, Loader>> | undefined;
  }
  return { command, rawArguments: rest };
}

/** Prints the help of what was resolved on standard output: help that was asked for is data. */
export async function showHelp({ command, rawArguments }: Resolved, terminal: Terminal, cwd: string): Promise<void> {
  const style = terminal.outStyle;
  if (command === null) {
    const { commandPairs, renderOverview } = await import("./help/render-overview.ts");
    terminal.out(renderOverview(await commandPairs(commands), readVersion(), style));
    return;
  }
  const meta = await metaOf(command);
  const { renderHelp, renderPairs } = await import("./help/render-help.ts");
  if (meta.takesParameters) {
    const { moduleHelpSections } = await import("./commands/run-help.ts");
    const args = await argsOf(command);
    const line = { command: `${meta.name} ${meta.usage.replace(/ \[.*/, "")}`, args };
    terminal.out(renderHelp(meta, args, style, await moduleHelpSections(rawArguments, cwd, style, line)));
    return;
  }
  if (meta.name === "measure") {
    const { measureHelpSections } = await import("./commands/run-help.ts");
    terminal.out(renderHelp(meta, await argsOf(command), style, await measureHelpSections(cwd, style)));
    return;
  }
  const { commandPairs } = await import("./help/render-overview.ts");
  const children = command.subCommands as Readonly<Record<string, Loader>> | undefined;
  const sections = children ? [{ title: "Commands", body: renderPairs(await commandPairs(children), style) }] : [];
  terminal.out(renderHelp(meta, await argsOf(command), style, sections));
}
