import { readSettings } from "@parfocal/core";
import { thisHost } from "@parfocal/nis-elements";
import { defineSimpleCommand } from "../command.ts";
import { findModules } from "../doctor/find-modules.ts";
import { nisElementsChecks } from "../doctor/nis-elements-checks.ts";
import { nodeChecks } from "../doctor/node-checks.ts";
import { nodeModuleChecks } from "../doctor/node-module-checks.ts";
import { reportChecks } from "../doctor/report-checks.ts";
import { systemChecks } from "../doctor/system-checks.ts";
import { toolChecks } from "../doctor/tool-checks.ts";
import { ga3Places } from "../ga3/places.ts";
import { namedModule } from "../modules/named-module.ts";

export const ga3DoctorCommand = defineSimpleCommand({
  meta: {
    name: "ga3 doctor",
    description: "Check all that a node in NIS-Elements needs, and say what to do",
    usage: "[MODULE]",
    examples: [["ga3 doctor stardist", "is everything there for a StarDist node?"]],
    notes: ["Exits with 1 when something is in the way. Nothing is installed or changed, and NIS-Elements is not started."],
  },
  args: {
    module: {
      type: "positional",
      required: false,
      description: "Name of the module that a node runs; default: all that are installed",
    },
  },
  needs: 0,
  async run({ context, positionals: [name] }) {
    const settings = readSettings();
    const { modules, broken } =
      name === undefined ? await findModules(context.cwd) : { modules: [await namedModule(name, context.cwd)], broken: [] };
    context.progress.update("looking at this PC");
    const checks = [
      ...(await nisElementsChecks(thisHost())),
      ...nodeChecks(ga3Places(context.cwd, context.variables), settings),
      ...(await systemChecks(settings)),
      ...(await toolChecks(modules, settings)).checks,
      ...broken,
      ...(broken.length > 0 ? [] : await nodeModuleChecks(modules, name !== undefined)),
    ];
    return reportChecks(checks, context);
  },
});
