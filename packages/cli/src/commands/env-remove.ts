import { type EnvironmentInfo, listEnvironments, removeEnvironment } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { usageError } from "../options/usage-error.ts";
import { formatBytes } from "../text/format.ts";
import { environmentToJson } from "./env-list.ts";

function matching(environments: readonly EnvironmentInfo[], given: string): readonly EnvironmentInfo[] {
  const byKey = environments.filter(({ key }) => key === given);
  return byKey.length > 0 ? byKey : environments.filter(({ stamp }) => stamp?.module === given);
}

export const envRemoveCommand = defineSimpleCommand({
  meta: {
    name: "env remove",
    description: "Remove one environment by its key, or all of a module",
    usage: "KEY|MODULE",
    examples: [["env remove stardist", "every environment that was built for StarDist"]],
    notes: ["The next run of the module installs its environment again."],
  },
  args: { target: { type: "positional", required: false, description: "Key of an environment, or name of a module" } },
  needs: 1,
  async run({ context, positionals }) {
    const [given] = positionals;
    const found = matching(await listEnvironments(), given!);
    if (found.length === 0) {
      throw usageError(`there is no environment of "${given}"`, "`parfocal env list` shows the keys and modules that there are");
    }
    for (const { key } of found) {
      const removed = await removeEnvironment(key);
      if (context.json) writeJson(context, { ...environmentToJson(removed), type: "removed" });
      else context.terminal.out(`removed ${key}  ${removed.stamp?.module ?? "damaged"}  ${formatBytes(removed.bytes ?? 0)}\n`);
    }
    return 0;
  },
});
