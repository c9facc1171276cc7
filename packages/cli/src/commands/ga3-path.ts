import { join } from "node:path";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { moduleStarts } from "../modules/module-starts.ts";
import { packageFolder } from "../package-folder.ts";

export const ga3PathCommand = defineSimpleCommand({
  meta: {
    name: "ga3 path",
    description: "Print the line that makes parfocal_ga3 importable in a node's script",
    usage: "",
    notes: [
      "A script that is pasted into NIS-Elements cannot import from the folder it came from. Put the printed line on top of it. What nodes need to " +
        "know of this installation is written to ga3.json in Parfocal's home; modules are looked for in this folder and above it.",
    ],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const { clientFolder, importLine, writeClientConfig } = await import("@parfocal/nis-elements");
    const command = [process.execPath, join(packageFolder, "bin", "parfocal.js")];
    const config = writeClientConfig({ command, from: moduleStarts(context.cwd) });
    const line = importLine();
    if (context.json) writeJson(context, { type: "result", folder: clientFolder, config, line });
    else context.terminal.out(`${line}\n`);
    return 0;
  },
});
