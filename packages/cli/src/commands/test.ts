import { resolveParams } from "@parfocal/core";
import { testModule } from "@parfocal/testing/report";
import { renderHeader, renderLine, renderSummary } from "@parfocal/testing/report-text";
import { type ArgsDef, defineCommand } from "citty";
import type { HelpMeta } from "../command.ts";
import { type CliContext, writeJson } from "../context.ts";
import { flagsOf, globalOptions, optionValues } from "../options/command-options.ts";
import { paramFlags, paramValues, unknownParam } from "../options/param-flags.ts";
import { parseArguments } from "../options/parse-arguments.ts";
import { usageError } from "../options/usage-error.ts";
import { createEventReporter } from "../terminal/event-reporter.ts";
import { findNamedModule, readDevice } from "./run-arguments.ts";

const meta: HelpMeta = {
  name: "test",
  description: "Check that a module works on this machine; the text is made to be mailed",
  usage: "MODULE [--PARAM VALUE...] [options]",
  examples: [
    ["test stardist", "environment, worker, GPU, score, refine, cancel and timings"],
    ["test cellpose --model ./my_cells --device cuda", "with your own weights, on the GPU"],
    ["test ./my-module --json", "a module by its folder, for a program"],
  ],
  notes: ["Exits with 1 when a check failed. A check that does not apply here says SKIP, and why."],
};

const args: ArgsDef = {
  module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" },
  device: { type: "string", valueHint: "DEVICE", description: "auto (default), cpu, cuda, cuda:N, directml or mps" },
  offline: { type: "boolean", description: "Never use the network" },
};

async function test(rawArguments: readonly string[], context: CliContext): Promise<number> {
  const named = await findNamedModule(rawArguments, context.cwd, { command: "test MODULE", args });
  if (named === null) throw usageError("`parfocal test` needs MODULE", "`parfocal list` shows the modules that are installed");
  const { module, rest } = named;
  const options = flagsOf({ ...args, ...globalOptions });
  const params = paramFlags(module.manifest);
  const parsed = parseArguments(rest, [...params, ...options], {
    onUnknown: (typed) => unknownParam(module.name, typed, options, params),
  });
  const [surplus] = parsed.positionals;
  if (surplus !== undefined) {
    throw usageError(
      `\`parfocal test\` takes one module, and there is "${surplus}" too`,
      "the module's own sample is used as image",
    );
  }
  const values = optionValues(parsed.flags);
  const given = paramValues(module.name, params, parsed.flags);
  resolveParams(module.manifest, given);
  const { terminal, progress } = context;
  if (!context.json) terminal.out(`${renderHeader({ module: module.name, version: module.version })}\n\n`);
  const report = await testModule(module, {
    params: given,
    device: readDevice(values.text("device")),
    signal: context.signal,
    onEvent: createEventReporter(progress, terminal.errStyle, { verbose: context.verbose }),
    onLine: (line) => {
      progress.clear();
      const sign = { pass: terminal.outStyle.green, fail: terminal.outStyle.red, skip: terminal.outStyle.yellow }[line.status];
      if (!context.json) terminal.out(`${renderLine(line).replace(/^\w+/, (word) => sign(word))}\n`);
    },
    ...(values.flag("offline") && { settings: { offline: true } }),
  });
  progress.clear();
  if (context.json) writeJson(context, { type: "result", ...report });
  else terminal.out(renderSummary(report));
  return report.passed ? 0 : 1;
}

export const testCommand = defineCommand({ meta, args, run: ({ rawArgs, data }) => test(rawArgs, data as CliContext) });
