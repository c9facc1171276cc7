import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";

export const ga3PathCommand = defineSimpleCommand({
  meta: {
    name: "ga3 path",
    description: "Print the line that goes on top of a node's script of your own",
    usage: "",
    notes: [
      "A script that is pasted into NIS-Elements cannot import from the folder it came from. The line makes parfocal_ga3 importable and names this " +
        "installation: paths, the settings of this shell, and this folder, in which and above which modules are looked for.",
    ],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const [{ importLine }, { ga3Places }] = await Promise.all([import("@parfocal/nis-elements"), import("../ga3/places.ts")]);
    const places = { ...ga3Places(context.cwd, process.env), start: context.cwd };
    const line = importLine(places, context.cwd);
    if (context.json) writeJson(context, { type: "result", line, ...places });
    else context.terminal.out(`${line}\n`);
    return 0;
  },
});
