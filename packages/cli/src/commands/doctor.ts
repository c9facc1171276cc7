import { readSettings } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { findModules } from "../doctor/find-modules.ts";
import { reportChecks } from "../doctor/report-checks.ts";

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
    return reportChecks(checks, context);
  },
});
