import { describeParams, listWeights, type Module, type WeightSetState } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { type EnvironmentState, environmentState } from "../modules/environment-state.ts";
import { namedModule } from "../modules/named-module.ts";
import type { Style } from "../terminal/style.ts";
import { formatBytes, formatColumns } from "../text/format.ts";
import { paramSections } from "./run-help.ts";

function environmentRows(environment: EnvironmentState): [string, string][] {
  const rows: [string, string][] = [["state", environment.state]];
  if (environment.accelerator !== null) rows.push(["accelerator", `${environment.accelerator} (${environment.reason})`]);
  else rows.push(["reason", environment.reason]);
  if (environment.python !== null) rows.push(["Python", environment.python]);
  if (environment.folder !== null) rows.push(["folder", environment.folder]);
  if (environment.bytes !== null) rows.push(["size", formatBytes(environment.bytes)]);
  if (environment.state === "not installed") {
    if (environment.downloadBytes !== null) rows.push(["downloads", formatBytes(environment.downloadBytes)]);
    if (environment.installedBytes !== null) rows.push(["needs", formatBytes(environment.installedBytes)]);
  }
  return rows;
}

function weightRow({ name, description, bytes, isHere, licence }: WeightSetState): string[] {
  const licences = `weights ${licence.weights}, training data ${licence.trainingData}, code ${licence.code}`;
  return [name, bytes === null ? "size not stated" : formatBytes(bytes), isHere ? "here" : "not here", licences, description];
}

function renderInfo(module: Module, environment: EnvironmentState, style: Style): string {
  const { manifest, handle } = module;
  const { accepts, outputs, sample } = manifest;
  const section = (title: string, body: string): string => `${style.bold(title)}\n${body}`;
  const parts = [
    `${style.bold(`${manifest.name} ${manifest.version}`)}  ${manifest.kind}\n${manifest.description}\n${style.dim(handle.folder)}`,
    section(
      "Takes",
      formatColumns([
        ["axes", accepts.axes.join(", ")],
        ["pixel types", accepts.dtypes.join(", ")],
      ]),
    ),
    section(
      "Gives",
      formatColumns(
        Object.entries(outputs).map(([name, output]) => [name, `${output.description}${output.optional ? " (not always)" : ""}`]),
      ),
    ),
    ...paramSections(module, style).map(({ title, body }) => section(title, body)),
    section("Environment", formatColumns(environmentRows(environment))),
  ];
  const sets = listWeights(manifest);
  if (sets.length > 0) parts.push(section("Weights", formatColumns(sets.map(weightRow))));
  if (sample !== undefined) {
    const rows = [
      ["image", sample.description],
      ["licence", sample.licence],
      ["try it", `parfocal demo ${manifest.name}`],
    ];
    parts.push(section("Sample", formatColumns(rows)));
  }
  return `${parts.join("\n\n")}\n`;
}

export const infoCommand = defineSimpleCommand({
  meta: {
    name: "info",
    description: "Show a module's parameters, inputs, outputs, environment and weights",
    usage: "MODULE",
    examples: [["info stardist", "everything about StarDist"]],
  },
  args: { module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" } },
  needs: 1,
  async run({ context, positionals }) {
    const module = await namedModule(positionals[0]!, context.cwd);
    const environment = await environmentState(module);
    if (context.json) {
      const { params: _schema, ...manifest } = module.manifest;
      writeJson(context, {
        type: "module",
        ...manifest,
        folder: module.handle.folder,
        params: describeParams(module.manifest),
        weights: listWeights(module.manifest),
        environment,
      });
    } else {
      context.terminal.out(renderInfo(module, environment, context.terminal.outStyle));
    }
    return 0;
  },
});
