import { ensureEnvironment, ensureWeights, readSettings, repairEnvironment, resolveParams } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { namedModule } from "../modules/named-module.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { formatBytes } from "../text/format.ts";

export const envInstallCommand = defineSimpleCommand({
  meta: {
    name: "env install",
    description: "Install a module's environment and fetch its usual weights now rather than at its first run",
    usage: "MODULE [options]",
    examples: [
      ["env install stardist", "the environment that --device auto uses"],
      ["env install stardist --device cuda", "another one"],
      ["env install cellpose --no-weights", "the environment alone"],
    ],
  },
  args: {
    module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" },
    device: { type: "string", valueHint: "DEVICE", description: "auto (default), cpu, cuda, cuda:N, directml or mps" },
    profile: { type: "string", valueHint: "NAME", description: "One of the module's named environments" },
    weights: {
      type: "boolean",
      description: "Fetch the weights that the default parameters need (default; --no-weights leaves them out)",
    },
    repair: {
      type: "boolean",
      description:
        "Hash every file of the environment; build it anew where one is damaged, without what uv's cache shares with it",
    },
    offline: { type: "boolean", description: "Never use the network" },
  },
  needs: 1,
  async run({ context, options, positionals }) {
    const module = await namedModule(positionals[0]!, context.cwd);
    const profile = options.text("profile");
    const overrides = options.flag("offline") === true ? { offline: true } : {};
    const shared = { signal: context.signal, onEvent: createEventReporter(context.progress, context.terminal.errStyle, context) };
    const wanted = {
      ...shared,
      device: options.text("device") ?? "auto",
      settings: overrides,
      ...(profile !== undefined && { profile }),
    };
    const { environment, damaged } =
      options.flag("repair") === true
        ? await repairEnvironment(module.handle, wanted)
        : { environment: await ensureEnvironment(module.handle, wanted), damaged: [] };
    const usual = resolveParams(module.manifest, {}, { stages: ["load"] });
    const weights =
      options.flag("weights") === false
        ? []
        : await ensureWeights(module.manifest, usual, { ...shared, settings: readSettings(overrides) });
    context.progress.clear();
    const { key, folder, stamp, choice } = environment;
    if (context.json) {
      writeJson(context, {
        type: "result",
        key,
        folder,
        bytes: stamp.bytes,
        module: module.name,
        accelerator: stamp.accelerator,
        reason: choice.reason,
        weights,
        damaged,
      });
    } else {
      for (const { file, problem } of damaged) context.terminal.err(`repaired ${file}  ${problem}\n`);
      context.terminal.out(
        `${module.name} is ready: ${folder}  ${formatBytes(stamp.bytes)}  ${stamp.accelerator} (${choice.reason})\n`,
      );
    }
    return 0;
  },
});
