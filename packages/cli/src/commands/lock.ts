import { resolve } from "node:path";
import { ParfocalError } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { displayPath } from "../run/report-outcome.ts";
import { formatCount } from "../text/format.ts";

async function check(folder: string, context: CliContext): Promise<number> {
  const { checkLocks } = await import("create-parfocal-module");
  const problems = checkLocks(folder);
  if (context.json) writeJson(context, { type: "result", folder, inStep: problems.length === 0, problems });
  else if (problems.length === 0) context.terminal.out(`the locks of ${displayPath(folder, context.cwd)} are in step\n`);
  else context.terminal.out(`${problems.join("\n")}\n`);
  if (problems.length === 0) return 0;
  throw new ParfocalError("ENV_LOCK_INVALID", `the locks of ${folder} are not in step with pyproject.toml`, {
    hint: `run \`parfocal lock ${displayPath(folder, context.cwd)}\``,
  });
}

export const lockCommand = defineSimpleCommand({
  meta: {
    name: "lock",
    description: "Pin the Python packages of a module of your own, with hashes, for every platform",
    usage: "[FOLDER] [options]",
    examples: [
      ["lock", "the module in this folder: what its pyproject.toml asks for"],
      ["lock nuclei-finder --upgrade", "the newest versions that fit"],
      ["lock --check", "say whether the locks are in step, without the network"],
    ],
    notes: [
      "The locks are written to python/locks, or to locks where the folder has no folder python. They name no server, so that everybody " +
        "may install them from their own mirror or wheel folder.",
    ],
  },
  args: {
    folder: { type: "positional", required: false, description: "Folder of the module; default: this one" },
    check: { type: "boolean", description: "Only compare; exit with 3 when something is out of step" },
    upgrade: { type: "boolean", description: "Take the newest versions rather than keep those of the present lock" },
    offline: { type: "boolean", description: "Never use the network: take wheels from PARFOCAL_WHEELHOUSE" },
  },
  needs: 0,
  async run({ context, options, positionals }) {
    const { lockableFolder, lockModule } = await import("create-parfocal-module");
    const folder = lockableFolder(resolve(context.cwd, positionals[0] ?? "."));
    if (options.flag("check") === true) return check(folder, context);
    const { progress, terminal } = context;
    const written = await lockModule(folder, {
      upgrade: options.flag("upgrade") ?? false,
      signal: context.signal,
      onMessage: (message) => progress.update(message),
      onWarning: (message) => progress.line(`${terminal.errStyle.yellow("warning")} ${message}`),
      ...(options.flag("offline") === true && { settings: { offline: true } }),
    });
    progress.clear();
    if (context.json) {
      writeJson(context, { type: "result", folder, locks: written });
      return 0;
    }
    for (const { path, packages, platforms, leftOut } of written) {
      terminal.out(`${displayPath(path, context.cwd)}  ${formatCount(packages, "package")} for ${platforms.join(", ")}\n`);
      for (const { platform, reason } of leftOut) progress.line(`  not for ${platform}: ${reason}`);
    }
    return 0;
  },
});
