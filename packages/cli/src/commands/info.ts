import { defaultProfile, describeParams, listWeights, type Module, type WeightSetState } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { type EnvironmentState, environmentState } from "../modules/environment-state.ts";
import { namedModule } from "../modules/named-module.ts";
import type { Style } from "../terminal/style.ts";
import { describeLicence } from "../text/describe-licence.ts";
import { formatBytes, formatColumns, wrapText } from "../text/format.ts";
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

/** The sets, then each licence once with the sets that it holds for. */
function describeWeights(sets: readonly WeightSetState[]): string {
  const rows = sets.map(({ name, bytes, isHere, description }) => {
    const size = bytes === null ? "size not stated" : formatBytes(bytes);
    return [name, size, isHere ? "here" : "not here", description];
  });
  const licences = new Map<string, string[]>();
  for (const { name, licence } of sets) {
    const text = describeLicence(licence);
    licences.set(text, [...(licences.get(text) ?? []), name]);
  }
  const lines = [...licences].flatMap(([text, names]) => [
    `  licence of ${licences.size === 1 ? "all" : names.join(", ")}`,
    ...wrapText(text, 92).map((line) => `    ${line}`),
  ]);
  return `${formatColumns(rows)}\n${lines.join("\n")}`;
}

function renderInfo(module: Module, environments: Readonly<Record<string, EnvironmentState>>, style: Style): string {
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
    ...Object.entries(environments).map(([profile, environment], _, { length }) =>
      section(length === 1 ? "Environment" : `Environment ${profile}`, formatColumns(environmentRows(environment))),
    ),
  ];
  const sets = listWeights(manifest);
  if (sets.length > 0) parts.push(section("Weights", describeWeights(sets)));
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
    const profiles = Object.keys(module.manifest.profiles);
    const states = await Promise.all(
      profiles.map(async (profile) => [profile, await environmentState(module, profile)] as const),
    );
    const environments = Object.fromEntries(states);
    if (context.json) {
      const { params: _schema, ...manifest } = module.manifest;
      writeJson(context, {
        type: "module",
        ...manifest,
        folder: module.handle.folder,
        params: describeParams(module.manifest),
        weights: listWeights(module.manifest),
        environment: environments[defaultProfile(module.handle)],
        environments,
      });
    } else {
      context.terminal.out(renderInfo(module, environments, context.terminal.outStyle));
    }
    return 0;
  },
});
