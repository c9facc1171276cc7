import { discoverModules, type Module, readSettings, toParfocalError } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import type { Check } from "../doctor/check.ts";
import { moduleStarts } from "../modules/module-starts.ts";
import type { Style } from "../terminal/style.ts";
import { formatCount } from "../text/format.ts";

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

/** A module that cannot be read must not keep the doctor from looking at the rest. */
async function findModules(cwd: string): Promise<{ modules: readonly Module[]; broken: Check[] }> {
  try {
    return { modules: await discoverModules(...moduleStarts(cwd)), broken: [] };
  } catch (error) {
    const { message, hint } = toParfocalError(error);
    return { modules: [], broken: [{ group: "modules", name: "modules", status: "error", found: message, remedy: hint }] };
  }
}

export const doctorCommand = defineSimpleCommand({
  meta: {
    name: "doctor",
    description: "Check the machine, the tools and the modules, and say what to do",
    usage: "[options]",
    notes: ["Exits with 1 when something is in the way. Nothing is installed or changed."],
  },
  args: { offline: { type: "boolean", description: "Never use the network" } },
  needs: 0,
  async run({ context, options }) {
    const settings = readSettings(options.flag("offline") === true ? { offline: true } : {});
    const { systemChecks } = await import("../doctor/system-checks.ts");
    const { toolChecks } = await import("../doctor/tool-checks.ts");
    const { networkChecks } = await import("../doctor/network-check.ts");
    const { moduleChecks } = await import("../doctor/module-checks.ts");
    const { modules, broken } = await findModules(context.cwd);
    context.progress.update("looking at this machine");
    const tools = await toolChecks(modules, settings);
    const checks = [
      ...(await systemChecks(settings)),
      ...tools.checks,
      ...(await networkChecks(tools, settings, context.signal)),
      ...broken,
      ...(broken.length > 0 ? [] : await moduleChecks(modules)),
    ];
    context.progress.clear();
    const errors = checks.filter(({ status }) => status === "error").length;
    const warnings = checks.filter(({ status }) => status === "warning").length;
    if (context.json) writeJson(context, { type: "result", errors, warnings, checks });
    else {
      context.terminal.out(renderChecks(checks, context.terminal.outStyle));
      context.terminal.err(`\n${formatCount(errors, "error")}, ${formatCount(warnings, "warning")}\n`);
    }
    return errors > 0 ? 1 : 0;
  },
});
