import { describeParams, describeRange, type ModuleManifest, type ParameterDescription } from "@parfocal/core";
import { tableRow } from "./generated-file.ts";

const columns = ["name", "default", "range", "unit", "stage", "what it does", "flag, other names"];

/** The table of a module's parameters, in Markdown. */
export function parameterTable(manifest: ModuleManifest): string {
  return [tableRow(columns), tableRow(columns.map(() => "---")), ...describeParams(manifest).map(parameterRow)].join("\n");
}

function parameterRow(parameter: ParameterDescription): string {
  const { name, unit, stage, flag, aliases, description, effect } = parameter;
  return tableRow([
    `\`${name}\``,
    `\`${JSON.stringify(parameter.default)}\``,
    describeRange(parameter),
    unit,
    stage,
    [description, effect].filter((text) => text !== "").join("; "),
    [`--${flag}`, ...aliases].map((text) => `\`${text}\``).join(", "),
  ]);
}
