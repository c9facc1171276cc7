import { readFile } from "node:fs/promises";
import { readSettings } from "@parfocal/core";
import { daemonLogPath } from "@parfocal/server";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { linesArg, readLineCount } from "../options/line-count.ts";

export const daemonLogsCommand = defineSimpleCommand({
  meta: {
    name: "daemon logs",
    description: "Show what the daemon last said",
    usage: "[options]",
    notes: ["What the models printed is in the logs of their workers: `parfocal logs MODULE`."],
  },
  args: { lines: linesArg },
  needs: 0,
  async run({ context, options }) {
    const count = readLineCount(options.text("lines"));
    const path = daemonLogPath(readSettings());
    const text = await readFile(path, "utf8").catch(() => null);
    if (text === null) {
      context.terminal.err(`there is no log yet; it will be ${path}\n`);
      return 0;
    }
    const lines = text.trimEnd().split("\n").slice(-count);
    if (context.json) writeJson(context, { type: "log", path, lines });
    else {
      context.terminal.err(`${path}\n`);
      context.terminal.out(lines.map((line) => `${line}\n`).join(""));
    }
    return 0;
  },
});
