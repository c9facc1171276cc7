import { discoverModules } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { type EnvironmentState, environmentState } from "../modules/environment-state.ts";
import { moduleStarts } from "../modules/module-starts.ts";
import { formatBytes, formatColumns } from "../text/format.ts";

/** `ready, 550 MB` or `not installed, downloads 180 MB`. */
export function summarizeState({ state, bytes, downloadBytes }: EnvironmentState): string {
  if (state === "ready") return bytes === null ? "ready" : `ready, ${formatBytes(bytes)}`;
  if (state === "not installed")
    return downloadBytes === null ? "not installed" : `not installed, downloads ${formatBytes(downloadBytes)}`;
  return state;
}

export const listCommand = defineSimpleCommand({
  meta: {
    name: "list",
    description: "List the modules that are installed",
    usage: "",
    notes: ["A module is an npm package with a `parfocal` field: install one with `npm install NAME`, and it is listed here."],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const modules = await discoverModules(...moduleStarts(context.cwd));
    const rows = await Promise.all(modules.map(async (module) => ({ module, environment: await environmentState(module) })));
    if (context.json) {
      for (const { module, environment } of rows) {
        const { name, version, manifest, handle } = module;
        writeJson(context, {
          type: "module",
          name,
          version,
          kind: manifest.kind,
          description: manifest.description,
          folder: handle.folder,
          environment,
        });
      }
      return 0;
    }
    if (rows.length === 0) {
      context.terminal.err("no module is installed\n  hint   install one, for example with `npm install @parfocal/stardist`\n");
      return 0;
    }
    const table = rows.map(({ module, environment }) => [
      module.name,
      module.version,
      module.manifest.kind,
      summarizeState(environment),
      module.manifest.description,
    ]);
    context.terminal.out(`${formatColumns([["MODULE", "VERSION", "KIND", "ENVIRONMENT", "DESCRIPTION"], ...table], "")}\n`);
    return 0;
  },
});
