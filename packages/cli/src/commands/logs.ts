import { readFile } from "node:fs/promises";
import { listLogs, logFolder, readSettings } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { namedModule } from "../modules/named-module.ts";
import { linesArg, readLineCount } from "../options/line-count.ts";

export const logsCommand = defineSimpleCommand({
  meta: {
    name: "logs",
    description: "Show what a module's last Python worker printed",
    usage: "MODULE [options]",
    examples: [
      ["logs stardist", "the newest log"],
      ["logs stardist --list", "where the logs are"],
    ],
    notes: ["Every worker has a log of its own. The newest 20 of each module are kept."],
  },
  args: {
    module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" },
    lines: linesArg,
    list: { type: "boolean", description: "List the log files, newest first" },
  },
  needs: 1,
  async run({ context, options, positionals }) {
    const lines = readLineCount(options.text("lines"));
    const { name } = await namedModule(positionals[0]!, context.cwd);
    const { home } = readSettings();
    const logs = listLogs(home, name);
    if (options.flag("list") === true) {
      for (const log of logs) {
        if (context.json) writeJson(context, { type: "log", module: name, ...log });
        else context.terminal.out(`${log.path}\n`);
      }
      return 0;
    }
    const [newest] = logs;
    if (newest === undefined) {
      context.terminal.err(`${name} has no logs yet; they will be in ${logFolder(home, name)}\n`);
      return 0;
    }
    const text = (await readFile(newest.path, "utf8")).trimEnd();
    const tail = text === "" ? [] : text.split(/\r?\n/).slice(-lines);
    if (context.json) {
      writeJson(context, { type: "log", module: name, ...newest, lines: tail });
      return 0;
    }
    context.terminal.err(`${newest.path}\n`);
    context.terminal.out(tail.map((line) => `${line}\n`).join(""));
    if (tail.length === 0) context.terminal.err("the worker printed nothing\n");
    return 0;
  },
});
