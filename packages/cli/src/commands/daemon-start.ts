import { readSettings } from "@parfocal/core";
import { startDaemon } from "@parfocal/server";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { moduleStarts } from "../modules/module-starts.ts";

export const daemonStartCommand = defineSimpleCommand({
  meta: {
    name: "daemon start",
    description: "Start the daemon of this user",
    usage: "",
    notes: [
      "It goes on when this shell ends, uses the settings that hold here, and loads the modules of the setting `prewarm`, which it looks " +
        "for in this folder. Models that nobody uses for a while are freed.",
    ],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const { daemon, started } = await startDaemon({ settings: readSettings(), moduleStarts: moduleStarts(context.cwd) });
    const { pid, socket, http, logPath } = daemon;
    if (context.json) writeJson(context, { type: "daemon", started, pid, socket, http, logPath });
    else context.terminal.out(`${started ? "started" : "runs already"}: process ${pid}, log in ${logPath}\n`);
    return 0;
  },
});
