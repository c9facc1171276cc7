import { parseArgs } from "node:util";
import { exitCodeOf, ParfocalError, toParfocalError } from "@parfocal/core";
import { createArguments, type GivenArguments, readArguments, withDefaults } from "./create/arguments.ts";
import { createModuleFolder } from "./create/create-module.ts";
import { nextSteps } from "./create/next-steps.ts";

const options = {
  ...Object.fromEntries(
    Object.entries(createArguments).map(([name, argument]) => [
      name,
      { type: argument.type, ...("alias" in argument && { short: argument.alias }) },
    ]),
  ),
  help: { type: "boolean", short: "h" },
} as const;

function readCommandLine(words: readonly string[]): { readonly given: GivenArguments; readonly help: boolean } {
  try {
    const { values, positionals } = parseArgs({ args: [...words], options, allowPositionals: true, allowNegative: true });
    if (positionals.length > 1) throw new Error(`one NAME is enough, "${positionals[1]}" is too much`);
    return { given: { ...values, name: positionals[0] } as GivenArguments, help: values.help === true };
  } catch (cause) {
    const [message = ""] = (cause as Error).message.split(". ");
    throw new ParfocalError("USAGE", message, { hint: "`npm create parfocal-module -- --help` lists the options", cause });
  }
}

function help(): string {
  const rows = Object.entries(createArguments).map(([name, { description, ...argument }]) => {
    const value = "valueHint" in argument ? ` ${argument.valueHint}` : "";
    return `  ${`--${name}${value}`.padEnd(22)} ${description}`;
  });
  return `npm create parfocal-module NAME -- [options]\n\nMakes a Parfocal module of your own.\n\n${rows.join("\n")}\n`;
}

/** Runs `create-parfocal-module`: reads this process's arguments, asks for what is missing on a terminal, and sets its exit code. */
export async function main(): Promise<void> {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  const { stderr, stdout, stdin } = process;
  const isTerminal = stdin.isTTY === true && stderr.isTTY === true;
  const say = (message: string): boolean => stderr.write(`${message}\n`);
  try {
    const { given, help: wantsHelp } = readCommandLine(process.argv.slice(2));
    if (wantsHelp) {
      stdout.write(help());
      return;
    }
    const partial = readArguments(given);
    const mayAsk = isTerminal && given.yes !== true;
    const { askForModule } = await import("./create/ask.ts");
    const module = mayAsk ? await askForModule(partial, { output: stderr, signal: controller.signal }) : withDefaults(partial);
    const cwd = process.cwd();
    const created = await createModuleFolder(module, { cwd, signal: controller.signal, onMessage: say, onWarning: say });
    stdout.write(`${nextSteps(created, cwd).join("\n")}\n`);
  } catch (thrown) {
    const error = toParfocalError(thrown);
    say(`error[${error.code}] ${error.message}\n  hint   ${error.hint}`);
    process.exitCode = exitCodeOf(error);
  }
}
