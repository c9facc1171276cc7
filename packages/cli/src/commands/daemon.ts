import { defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";

const meta: HelpMeta = {
  name: "daemon",
  description: "Keep models warm in the background",
  usage: "COMMAND",
  examples: [
    ["daemon start", "from now on `parfocal run` finds its models loaded"],
    ["daemon enable", "start it at each login"],
  ],
};

/** Commands about the daemon; each is loaded when it is asked for. */
export const daemonCommand = defineCommand({
  meta,
  subCommands: {
    start: async () => (await import("./daemon-start.ts")).daemonStartCommand,
    stop: async () => (await import("./daemon-stop.ts")).daemonStopCommand,
    status: async () => (await import("./daemon-status.ts")).daemonStatusCommand,
    logs: async () => (await import("./daemon-logs.ts")).daemonLogsCommand,
    enable: async () => (await import("./daemon-enable.ts")).daemonEnableCommand,
    disable: async () => (await import("./daemon-disable.ts")).daemonDisableCommand,
  },
});
