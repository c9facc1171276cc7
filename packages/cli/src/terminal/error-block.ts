import { isParfocalError, type ParfocalError } from "@parfocal/core";
import { inCommandWords } from "./command-words.ts";
import type { Style } from "./style.ts";

interface KnownDetails {
  readonly pythonTraceback?: string;
  readonly pythonType?: string;
  readonly stderrTail?: readonly string[];
  readonly outputTail?: readonly string[];
  readonly logPath?: string | null;
}

/** The last thing that was said before things went wrong, one line. */
function lastLine(lines: readonly string[] | undefined): string | undefined {
  return lines?.findLast((line) => line.trim() !== "")?.trim();
}

/** The message of what lies underneath, where it says more than the error itself. */
function causeOf(error: ParfocalError, details: KnownDetails): string | undefined {
  const { cause } = error;
  const said = isParfocalError(cause) || cause instanceof Error ? cause.message : undefined;
  const lines = [
    said,
    lastLine(details.pythonTraceback?.split("\n")),
    lastLine(details.outputTail),
    lastLine(details.stderrTail),
  ];
  // Python puts the exception's class in front of its text
  const isNews = (line: string) => !error.message.includes(line) && !error.message.includes(line.replace(/^[\w.]+: /, ""));
  return lines.find((line) => line !== undefined && line !== "" && isNews(line))?.split("\n")[0];
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => `    ${line}`)
    .join("\n");
}

/**
 * An error as it is shown to people: what failed, the cause, the next step, the log. With `verbose` also the Python traceback
 * and the last lines of stderr. Ends with a newline.
 */
export function renderError(error: ParfocalError, style: Style, { verbose = false } = {}): string {
  const details = (error.details ?? {}) as KnownDetails;
  const { message, hint } = inCommandWords(error);
  const lines = [`${style.red(style.bold(`error[${error.code}]`))} ${message}`];
  const cause = causeOf(error, details);
  if (cause !== undefined) lines.push(`  ${style.dim("cause")}  ${cause}`);
  if (hint !== "") lines.push(`  ${style.dim("hint")}   ${hint}`);
  if (details.logPath) lines.push(`  ${style.dim("log")}    ${details.logPath}`);
  if (verbose) {
    if (details.pythonTraceback) lines.push(`  ${style.dim("traceback")}`, indent(details.pythonTraceback));
    const tail = details.stderrTail ?? details.outputTail ?? [];
    if (tail.length > 0) lines.push(`  ${style.dim("last lines")}`, indent(tail.join("\n")));
    if (error.code === "INTERNAL" && error.cause instanceof Error) lines.push(indent(error.cause.stack ?? ""));
  }
  return `${lines.join("\n")}\n`;
}

/** An error as one JSON object. The traceback is there for programs to keep; people see it only when they ask. */
export function errorToJson(error: ParfocalError, input: string | null): Record<string, unknown> {
  const details = (error.details ?? {}) as KnownDetails;
  return {
    type: "error",
    input,
    code: error.code,
    ...inCommandWords(error),
    ...(details.pythonTraceback === undefined ? {} : { pythonTraceback: details.pythonTraceback }),
    ...(details.logPath ? { log: details.logPath } : {}),
  };
}
