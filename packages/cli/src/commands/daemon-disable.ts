import { disableAtLogin } from "@parfocal/server";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";

export const daemonDisableCommand = defineSimpleCommand({
  meta: { name: "daemon disable", description: "No longer start the daemon at login", usage: "" },
  args: {},
  needs: 0,
  async run({ context }) {
    const where = await disableAtLogin();
    if (context.json) writeJson(context, { type: "daemon", enabled: false, where });
    else context.terminal.out(where === null ? "it was not started at login\n" : `removed ${where}\n`);
    return 0;
  },
});
