import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { readVersion } from "../version.ts";

export const versionCommand = defineSimpleCommand({
  meta: { name: "version", description: "Print the version", usage: "" },
  args: {},
  needs: 0,
  async run({ context }) {
    const version = readVersion();
    if (context.json) writeJson(context, { type: "result", version, node: process.versions.node });
    else context.terminal.out(`${version}\n`);
    return 0;
  },
});
