import { usageError } from "./usage-error.ts";

const defaultLines = 200;

/** `--lines` of the commands that show logs. */
export const linesArg = {
  type: "string",
  valueHint: "N",
  description: `Show at most the last N lines (default ${defaultLines})`,
} as const;

/** How many lines of a log to show. */
export function readLineCount(text: string | undefined): number {
  if (text === undefined) return defaultLines;
  if (!/^\d+$/.test(text) || Number(text) === 0)
    throw usageError(`--lines takes a whole number above 0, not "${text}"`, "write for example --lines 50");
  return Number(text);
}
