import type { ArgDef, ArgsDef } from "citty";
import type { HelpMeta } from "../command.ts";
import { aliasesOf, globalOptions } from "../options/command-options.ts";
import type { Style } from "../terminal/style.ts";
import { formatColumns, wrapText } from "../text/format.ts";

const width = 100;

/** Two columns, the right one wrapped; the left one is coloured after it was padded. */
export function renderPairs(pairs: readonly (readonly [string, string])[], style: Style): string {
  const left = Math.min(34, Math.max(...pairs.map(([name]) => name.length)));
  return pairs
    .map(([name, text]) => {
      const lines = wrapText(text, width - left - 4);
      const first = name.length > left ? ["", ...lines] : lines;
      return first
        .map((line, i) => `  ${i === 0 ? style.cyan(name.padEnd(left)) : " ".repeat(left)}  ${line}`.trimEnd())
        .join("\n");
    })
    .join("\n");
}

function optionName(name: string, argument: ArgDef): string {
  const shorts = aliasesOf(argument)
    .filter((alias) => alias.length === 1)
    .map((alias) => `-${alias}`);
  const hint = argument.type === "boolean" ? "" : ` ${argument.valueHint ?? "VALUE"}`;
  return `${[...shorts, `--${name}`].join(", ")}${hint}`;
}

export function optionPairs(args: ArgsDef): (readonly [string, string])[] {
  return Object.entries(args)
    .filter(([, argument]) => argument.type !== "positional")
    .map(([name, argument]) => [optionName(name, argument), argument.description ?? ""] as const);
}

function argumentPairs(args: ArgsDef): (readonly [string, string])[] {
  return Object.entries(args)
    .filter(([, argument]) => argument.type === "positional")
    .map(([name, argument]) => [name.toUpperCase(), argument.description ?? ""] as const);
}

export interface HelpSection {
  readonly title: string;
  readonly body: string;
}

/** Help of one command, with sections of its own between its options and those that every command has. */
export function renderHelp(meta: HelpMeta, args: ArgsDef, style: Style, sections: readonly HelpSection[] = []): string {
  const title = (text: string): string => style.bold(text);
  const parts = [`${meta.description}.`, `${title("Usage")}\n  parfocal ${meta.name} ${meta.usage}`.trimEnd()];
  if (argumentPairs(args).length > 0) parts.push(`${title("Arguments")}\n${renderPairs(argumentPairs(args), style)}`);
  for (const section of sections) parts.push(`${title(section.title)}\n${section.body}`);
  if (optionPairs(args).length > 0) parts.push(`${title("Options")}\n${renderPairs(optionPairs(args), style)}`);
  parts.push(`${title("Everywhere")}\n${renderPairs(optionPairs(globalOptions), style)}`);
  if (meta.examples) {
    const rows = meta.examples.map(([command, meaning]) => [`parfocal ${command}`, style.dim(meaning)]);
    parts.push(`${title("Examples")}\n${formatColumns(rows)}`);
  }
  for (const note of meta.notes ?? []) parts.push(wrapText(note, width).join("\n"));
  return `${parts.join("\n\n")}\n`;
}
