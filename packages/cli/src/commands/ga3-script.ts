import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Module, ParfocalError } from "@parfocal/core";
import { binaryKinds, nisVersions, type ScriptOptions, writeScript } from "@parfocal/nis-elements";
import { defineCommand } from "citty";
import { type CliContext, writeJson } from "../context.ts";
import { ga3Places } from "../ga3/places.ts";
import type { OptionValues } from "../options/command-options.ts";
import { readModuleLine } from "../options/module-line.ts";
import { usageError } from "../options/usage-error.ts";
import { shellQuote } from "../text/shell-quote.ts";
import { ga3ScriptArgs, ga3ScriptMeta } from "./ga3-script-options.ts";
import { findNamedModule } from "./run-arguments.ts";

function oneOf<T extends string>(values: OptionValues, option: string, words: readonly T[]): T {
  const given = values.text(option);
  const found = given === undefined ? words[0] : words.find((word) => word === given);
  if (found !== undefined) return found;
  throw usageError(`--${option} takes ${words.join(" or ")}, not "${given}"`, `leave it away for ${words[0]}`);
}

function channelOf(text: string | undefined): number | string | null {
  if (text === undefined) return null;
  return /^\d+$/.test(text) ? Number(text) : text;
}

async function readScriptArguments(
  rawArguments: readonly string[],
  { cwd, variables }: CliContext,
): Promise<{ readonly options: ScriptOptions; readonly output: string | undefined }> {
  const named = await findNamedModule(rawArguments, cwd, { command: "ga3 script MODULE", args: ga3ScriptArgs });
  if (named === null)
    throw usageError("`parfocal ga3 script` needs MODULE", "`parfocal list` shows the modules that are installed");
  const { module, rest } = named;
  checkKind(module);
  const { params, positionals, values } = await readModuleLine(module, rest, ga3ScriptArgs, cwd);
  if (positionals.length > 0)
    throw usageError(
      `\`parfocal ga3 script\` does not know what to do with "${positionals[0]}"`,
      "name the file to write with -o FILE; images come from NIS-Elements",
    );
  const nis = oneOf(values, "nis", nisVersions);
  const userParams = values.flag("user-params") ?? false;
  if (userParams && nis === "6.20")
    throw usageError("NIS-Elements 6.20 has no user parameters", "add --nis 7.x, or leave --user-params away");
  const command = ["parfocal", "ga3", "script", ...rawArguments].map((word) => shellQuote(word)).join(" ");
  return {
    output: values.text("output"),
    options: {
      module: module.handle,
      params,
      nis,
      volume: values.flag("3d") ?? false,
      table: values.flag("table") ?? false,
      binary: oneOf(values, "binary", binaryKinds),
      inputChannel: channelOf(values.text("channel")),
      userParams,
      places: ga3Places(cwd, variables),
      command,
    },
  };
}

function checkKind({ name, manifest: { kind } }: Module): void {
  if (kind === "segmenter") return;
  throw new ParfocalError("NOT_SUPPORTED", `${name} is a ${kind}, and a node needs a segmenter`, {
    hint: "`parfocal list` shows the kind of each module",
  });
}

async function save(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new ParfocalError("OUTPUT_UNWRITABLE", `the script could not be written to ${path}: ${(error as Error).message}`, {
      hint: "name another file with -o",
      cause: error,
    });
  }
}

async function run(rawArguments: readonly string[], context: CliContext): Promise<number> {
  const { options, output } = await readScriptArguments(rawArguments, context);
  const script = writeScript(options);
  const path = output === undefined ? null : resolve(context.cwd, output);
  if (path !== null) await save(path, script);
  if (context.json) writeJson(context, { type: "result", module: options.module.manifest.name, path, script });
  else if (path === null) context.terminal.out(script);
  else context.terminal.out(`${path}: open it, copy all of it, and follow its first lines\n`);
  return 0;
}

export const ga3ScriptCommand = defineCommand({
  meta: ga3ScriptMeta,
  args: ga3ScriptArgs,
  run: ({ rawArgs, data }) => run(rawArgs, data as CliContext),
});
