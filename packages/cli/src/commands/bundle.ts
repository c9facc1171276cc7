import { defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";

const meta: HelpMeta = {
  name: "bundle",
  description: "Bring Parfocal to a PC without a network, in one file",
  usage: "COMMAND",
  examples: [
    ["bundle create stardist --platform windows -o lab.zip", "on a PC with a network"],
    ["bundle install lab.zip", "on the other one, if it has Parfocal already; else install.cmd or install.sh in the zip"],
  ],
};

/** Commands about offline bundles; each is loaded when it is asked for. */
export const bundleCommand = defineCommand({
  meta,
  subCommands: {
    create: async () => (await import("./bundle-create.ts")).bundleCreateCommand,
    install: async () => (await import("./bundle-install.ts")).bundleInstallCommand,
  },
});
