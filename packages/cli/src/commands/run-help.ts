import { discoverModules, type Module, type ParameterDescription } from "@parfocal/core";
import type { ArgsDef } from "citty";
import { type HelpSection, renderPairs } from "../help/render-help.ts";
import { usualMeasurer } from "../measure/measurer-starter.ts";
import { moduleStarts } from "../modules/module-starts.ts";
import { describeFlagRange, paramFlags } from "../options/param-flags.ts";
import { formatValue } from "../options/parse-value.ts";
import type { Style } from "../terminal/style.ts";
import { findNamedModule } from "./run-arguments.ts";

const valueWords = { number: "NUMBER", integer: "NUMBER", string: "TEXT", array: "A,B", boolean: "" } as const;

function flagText(parameter: ParameterDescription): string {
  const { type, choices, flag } = parameter;
  if (type === "boolean") return `--${flag}, --no-${flag}`;
  return `--${flag} ${choices?.join("|") ?? valueWords[type]}`;
}

function sentence(text: string): string {
  return text === "" ? "" : `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** What a parameter does, takes, and is when nothing is said. */
export function describeParameter(parameter: ParameterDescription): string {
  const unit = parameter.unit === "" ? "" : ` ${parameter.unit}`;
  const isPlain = parameter.type === "boolean" || parameter.type === "string" || parameter.choices !== undefined;
  const range = isPlain ? "" : `${sentence(describeFlagRange(parameter))} `;
  const normal = `Default ${formatValue(parameter.default)}${parameter.default === null ? "" : unit}.`;
  const aliases = parameter.aliases.filter((alias) => alias.replaceAll("_", "-") !== parameter.flag);
  const also = aliases.length === 0 ? "" : ` Also --${aliases.join(", --")}.`;
  const effect = sentence(parameter.effect);
  return `${sentence(parameter.description)} ${effect === "" ? "" : `${effect} `}${range}${normal}${also}`.trim();
}

/** The parameters of a module as a section of help for each group, the basic ones first. */
export function paramSections(module: Module, style: Style): HelpSection[] {
  const parameters = paramFlags(module.manifest).map(({ parameter }) => parameter);
  const groups = [...new Set(parameters.map(({ group }) => group))].sort((a, b) => Number(b === "basic") - Number(a === "basic"));
  return groups.map((group) => ({
    title: `Parameters of ${module.name} ${module.version}${group === "basic" ? "" : `, ${group}`}`,
    body: renderPairs(
      parameters
        .filter((parameter) => parameter.group === group)
        .map((parameter) => [flagText(parameter), describeParameter(parameter)]),
      style,
    ),
  }));
}

/** Sections for `parfocal run MODULE --help` and for other commands that take a module's parameters; none where no module is named. */
export async function moduleHelpSections(
  rawArguments: readonly string[],
  cwd: string,
  style: Style,
  command: { readonly command: string; readonly args: ArgsDef },
): Promise<HelpSection[]> {
  const named = await findNamedModule(rawArguments, cwd, command);
  return named === null ? [] : paramSections(named.module, style);
}

/** Sections for `parfocal measure --help`: the parameters of the usual measurer; none where it is not installed. */
export async function measureHelpSections(cwd: string, style: Style): Promise<HelpSection[]> {
  const [measurer] = (await discoverModules(...moduleStarts(cwd))).filter(({ name }) => name === usualMeasurer);
  return measurer === undefined ? [] : paramSections(measurer, style);
}
