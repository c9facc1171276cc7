import { discoverModules, gcEnvironments } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { moduleStarts } from "../modules/module-starts.ts";
import { formatBytes, formatCount } from "../text/format.ts";
import { environmentToJson } from "./env-list.ts";

export const envGcCommand = defineSimpleCommand({
  meta: {
    name: "env gc",
    description: "Remove the environments that no installed module needs any more",
    usage: "",
    notes: [
      "Installed modules are those that `parfocal list` shows here. Environments that a process uses are kept. " +
        "In a folder without modules everything would go, so there it removes nothing.",
    ],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const modules = await discoverModules(...moduleStarts(context.cwd));
    const { removed, kept } =
      modules.length === 0 ? { removed: [], kept: [] } : await gcEnvironments(modules.map(({ handle }) => handle));
    if (context.json) {
      for (const environment of removed) writeJson(context, { ...environmentToJson(environment), type: "removed" });
      for (const { environment, reason } of kept) writeJson(context, { ...environmentToJson(environment), type: "kept", reason });
      return 0;
    }
    for (const { key, stamp, bytes } of removed) {
      context.terminal.out(`removed ${key}  ${stamp?.module ?? "damaged"}  ${formatBytes(bytes ?? 0)}\n`);
    }
    const freed = removed.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    const nothing = modules.length === 0 ? "no module is installed here, nothing was removed" : "nothing to remove";
    context.terminal.err(
      removed.length === 0 ? `${nothing}\n` : `${formatBytes(freed)} freed, ${formatCount(kept.length, "environment")} kept\n`,
    );
    return 0;
  },
});
