import { defineSimpleCommand } from "../command.ts";
import { resolveCommand, showHelp } from "../dispatch.ts";

const exitCodes: readonly (readonly [number, string])[] = [
  [0, "everything worked"],
  [1, "the run failed: an input could not be read or used, the model failed, or a result could not be written"],
  [2, "bad usage: a wrong command line, parameter or module"],
  [3, "the Python environment could not be built"],
  [4, "the device that was asked for is not there"],
  [5, "some inputs of a batch failed; the others have their results"],
  [6, "a deadline passed"],
  [130, "interrupted by Ctrl-C"],
];

async function renderExitCodes(): Promise<string> {
  const { errorCodes } = await import("@parfocal/core");
  const { formatColumns } = await import("../text/format.ts");
  const codes = Object.entries(errorCodes);
  const rows = exitCodes.flatMap(([exitCode, meaning]) => [
    [String(exitCode).padStart(3), meaning],
    ...codes.filter(([, info]) => info.exitCode === exitCode).map(([code, info]) => ["", `${code}: ${info.meaning}`]),
  ]);
  return `Exit codes, and below each the codes that errors carry as error[CODE] and in --json.\n\n${formatColumns(rows)}\n`;
}

export const helpCommand = defineSimpleCommand({
  meta: {
    name: "help",
    description: "Explain a command, or the exit codes",
    usage: "[COMMAND | exit-codes]",
    examples: [
      ["help run", "options of run"],
      ["help exit-codes", "what each exit code means"],
    ],
  },
  args: {
    topic: { type: "positional", required: false, description: "A command, or exit-codes" },
    subtopic: { type: "positional", required: false, description: "A command of that command, as in `help env install`" },
  },
  needs: 0,
  async run({ context, positionals }) {
    if (positionals[0] === "exit-codes") context.terminal.out(await renderExitCodes());
    else await showHelp(await resolveCommand(positionals), context.terminal, context.cwd);
    return 0;
  },
});
