import { defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";

const meta: HelpMeta = {
  name: "ga3",
  description: "Nodes for NIS-Elements GA3",
  usage: "COMMAND",
  examples: [["ga3 path", "the line that goes on top of a node's script"]],
};

/** Commands about NIS-Elements; each is loaded when it is asked for. */
export const ga3Command = defineCommand({
  meta,
  subCommands: {
    path: async () => (await import("./ga3-path.ts")).ga3PathCommand,
  },
});
