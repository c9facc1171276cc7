import { stopDaemon } from "@parfocal/server";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";

export const daemonStopCommand = defineSimpleCommand({
  meta: {
    name: "daemon stop",
    description: "End the daemon when the calls in hand are done",
    usage: "[--now]",
  },
  args: { now: { type: "boolean", description: "Do not wait for the calls in hand; kill it when it does not answer" } },
  needs: 0,
  async run({ context, options }) {
    const stopped = await stopDaemon({ now: options.flag("now") ?? false });
    if (context.json) writeJson(context, { type: "daemon", stopped });
    else context.terminal.out(stopped ? "stopped\n" : "no daemon runs\n");
    return 0;
  },
});
