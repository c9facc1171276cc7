import { defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";

const meta: HelpMeta = {
  name: "env",
  description: "List, install and remove Python environments",
  usage: "COMMAND",
  examples: [["env install stardist", "install now rather than at the first run"]],
};

/** Commands about environments; each is loaded when it is asked for. */
export const envCommand = defineCommand({
  meta,
  subCommands: {
    list: async () => (await import("./env-list.ts")).envListCommand,
    install: async () => (await import("./env-install.ts")).envInstallCommand,
    remove: async () => (await import("./env-remove.ts")).envRemoveCommand,
    gc: async () => (await import("./env-gc.ts")).envGcCommand,
    path: async () => (await import("./env-path.ts")).envPathCommand,
  },
});
