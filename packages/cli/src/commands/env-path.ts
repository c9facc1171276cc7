import {
  findEnvironment,
  listWeights,
  type Module,
  ParfocalError,
  resolveParams,
  selectSets,
  standaloneCommand,
} from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { namedModule } from "../modules/named-module.ts";
import { shellQuote } from "../text/shell-quote.ts";

/** Paths of the weight files that the default parameters need, of those that are here. */
function usualWeights({ manifest }: Module): Record<string, string> {
  const sets = selectSets(manifest.weights, resolveParams(manifest, {}, { stages: ["load"] }));
  const files = listWeights({ weights: sets }).flatMap((set) => set.files);
  return Object.fromEntries(files.filter(({ isHere }) => isHere).map(({ name, path }) => [name, path]));
}

export const envPathCommand = defineSimpleCommand({
  meta: {
    name: "env path",
    description: "Print where a module's environment lies, or how to run its worker by hand",
    usage: "MODULE [options]",
    examples: [
      ["env path stardist", "the folder"],
      ["env path stardist --command", "the command that segments a .npy file without Node"],
    ],
    notes: [
      "To the printed command add --input IMAGE.npy --output LABELS.npy and, if need be, --params '{\"prob_threshold\": 0.5}'.",
    ],
  },
  args: {
    module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" },
    command: { type: "boolean", description: "Print the command line that runs the worker on .npy files" },
    device: { type: "string", valueHint: "DEVICE", description: "auto (default), cpu, cuda, cuda:N, directml or mps" },
    profile: { type: "string", valueHint: "NAME", description: "One of the module's named environments" },
  },
  needs: 1,
  async run({ context, options, positionals }) {
    const module = await namedModule(positionals[0]!, context.cwd);
    const profile = options.text("profile");
    const environment = await findEnvironment(module.handle, {
      device: options.text("device") ?? "auto",
      ...(profile !== undefined && { profile }),
    });
    if (environment === null) {
      throw new ParfocalError("ENV_NOT_READY", `the environment of ${module.name} is not installed`, {
        hint: `run \`parfocal env install ${module.name}\``,
      });
    }
    const { key, folder, python, sitePackages } = environment;
    const command = standaloneCommand(environment, module.handle, usualWeights(module));
    if (context.json) writeJson(context, { type: "result", key, folder, python, sitePackages, command });
    else if (options.flag("command") === true) context.terminal.out(`${command.map((part) => shellQuote(part)).join(" ")}\n`);
    else context.terminal.out(`${folder}\n`);
    return 0;
  },
});
