import { enableAtLogin } from "@parfocal/server";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { moduleStarts } from "../modules/module-starts.ts";

export const daemonEnableCommand = defineSimpleCommand({
  meta: {
    name: "daemon enable",
    description: "Start the daemon at each login of this user",
    usage: "",
    notes: ["Variables called PARFOCAL_... are kept as they are now. `parfocal daemon start` starts it for this session."],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const where = await enableAtLogin(moduleStarts(context.cwd));
    if (context.json) writeJson(context, { type: "daemon", enabled: true, where });
    else context.terminal.out(`the daemon starts at the next login: ${where}\n`);
    return 0;
  },
});
