import type { GivenArguments } from "create-parfocal-module";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";

export const newCommand = defineSimpleCommand({
  meta: {
    name: "new",
    description: "Make a module of your own: a folder that works at once",
    usage: "[NAME] [options]",
    examples: [
      ["new", "ask for everything"],
      ["new nuclei-finder --dependencies scikit-image", "an npm package in the folder nuclei-finder"],
      ["new nuclei-finder --python-only --axes yx,zyx", "Python and JSON alone"],
    ],
    notes: [
      "NAME may have an npm scope, such as @lab/nuclei-finder. On a terminal, what is not given is asked for. The Python packages are locked " +
        "at once; where the network cannot be reached that is left for later, and said.",
    ],
  },
  args: async () => ({
    name: { type: "positional", required: false, description: "Lower case letters, digits and dashes" },
    ...(await import("create-parfocal-module")).createArguments,
  }),
  needs: 0,
  async run({ context, options, positionals }) {
    const maker = await import("create-parfocal-module");
    const { terminal, progress, cwd, signal } = context;
    const given = Object.entries(maker.createArguments).map(([name, { type }]) => [
      name,
      type === "boolean" ? options.flag(name) : options.text(name),
    ]);
    const partial = maker.readArguments({ ...Object.fromEntries(given), name: positionals[0] } as GivenArguments);
    const mayAsk =
      terminal.live && process.stdin.isTTY === true && !context.json && !context.quiet && options.flag("yes") !== true;
    const module = mayAsk ? await maker.askForModule(partial, { output: process.stderr, signal }) : maker.withDefaults(partial);
    const created = await maker.createModuleFolder(module, {
      cwd,
      signal,
      onMessage: (message) => progress.update(message),
      onWarning: (message) => progress.line(`${terminal.errStyle.yellow("warning")} ${message}`),
    });
    progress.clear();
    const { lockProblem, ...result } = created;
    if (context.json) writeJson(context, { type: "result", ...result, lockProblem: lockProblem?.message ?? null });
    else terminal.out(`${maker.nextSteps(created, cwd).join("\n")}\n`);
    return 0;
  },
});
