import { defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";

const meta: HelpMeta = {
  name: "ga3",
  description: "Nodes for NIS-Elements GA3",
  usage: "COMMAND",
  examples: [
    ["ga3 script stardist -o stardist.py", "the script to paste into a node"],
    ["ga3 path", "the line that goes on top of a script of your own"],
    ["ga3 doctor stardist", "is everything there that the node needs?"],
  ],
};

/** Commands about NIS-Elements; each is loaded when it is asked for. */
export const ga3Command = defineCommand({
  meta,
  subCommands: {
    script: async () => (await import("./ga3-script.ts")).ga3ScriptCommand,
    path: async () => (await import("./ga3-path.ts")).ga3PathCommand,
    doctor: async () => (await import("./ga3-doctor.ts")).ga3DoctorCommand,
  },
});
