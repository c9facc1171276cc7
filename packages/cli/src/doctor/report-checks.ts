import { type CliContext, writeJson } from "../context.ts";
import type { Style } from "../terminal/style.ts";
import { formatCount } from "../text/format.ts";
import type { Check } from "./check.ts";

function renderChecks(checks: readonly Check[], style: Style): string {
  const signs = { ok: style.green("ok     "), warning: style.yellow("warning"), error: style.red("error  ") };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const groups = [...new Set(checks.map(({ group }) => group))];
  const sections = groups.map((group) => {
    const lines = checks
      .filter((check) => check.group === group)
      .flatMap(({ status, name, found, remedy }) => [
        `  ${signs[status]}  ${name.padEnd(width)}  ${found}`,
        ...(remedy === undefined ? [] : [`  ${" ".repeat(7)}  ${" ".repeat(width)}  do: ${remedy}`]),
      ]);
    return [style.bold(group), ...lines].join("\n");
  });
  return `${sections.join("\n\n")}\n`;
}

/** Shows checks, as JSON where that was asked for. @returns the exit code: 1 when something is in the way */
export function reportChecks(checks: readonly Check[], context: CliContext): number {
  context.progress.clear();
  const errors = checks.filter(({ status }) => status === "error").length;
  const warnings = checks.filter(({ status }) => status === "warning").length;
  if (context.json) writeJson(context, { type: "result", errors, warnings, checks });
  else {
    context.terminal.out(renderChecks(checks, context.terminal.outStyle));
    context.terminal.err(`\n${formatCount(errors, "error")}, ${formatCount(warnings, "warning")}\n`);
  }
  return errors > 0 ? 1 : 0;
}
