import { type EnvironmentInfo, listEnvironments, readSettings } from "@parfocal/core";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { formatBytes, formatColumns } from "../text/format.ts";

/** One environment as one JSON object. */
export function environmentToJson({ key, folder, stamp, problem, bytes, usedBy }: EnvironmentInfo): Record<string, unknown> {
  return {
    type: "environment",
    key,
    folder,
    ready: problem === null,
    problem,
    module: stamp?.module ?? null,
    moduleVersion: stamp?.moduleVersion ?? null,
    profile: stamp?.profile ?? null,
    accelerator: stamp?.accelerator ?? null,
    python: stamp?.python.version ?? null,
    bytes,
    createdAt: stamp?.createdAt ?? null,
    usedBy,
  };
}

function row({ key, stamp, problem, bytes, usedBy }: EnvironmentInfo): string[] {
  const state = problem === null ? "ready" : `broken: ${problem}`;
  return [
    key,
    stamp === null ? "?" : `${stamp.module} ${stamp.moduleVersion}`,
    stamp?.accelerator ?? "?",
    stamp?.python.version ?? "?",
    bytes === null ? "?" : formatBytes(bytes),
    usedBy.length > 0 ? `${state}, used by process ${usedBy.join(", ")}` : state,
  ];
}

export const envListCommand = defineSimpleCommand({
  meta: { name: "env list", description: "List the environments on this machine with their sizes", usage: "" },
  args: {},
  needs: 0,
  async run({ context }) {
    const environments = await listEnvironments();
    if (context.json) {
      for (const environment of environments) writeJson(context, environmentToJson(environment));
      return 0;
    }
    const { home } = readSettings();
    if (environments.length === 0) {
      context.terminal.err(
        `no environments in ${home}\n  hint   \`parfocal env install MODULE\` installs one; so does the first run\n`,
      );
      return 0;
    }
    const table = formatColumns([["KEY", "BUILT FOR", "ACCELERATOR", "PYTHON", "SIZE", "STATE"], ...environments.map(row)], "");
    const total = environments.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
    context.terminal.out(`${table}\n`);
    context.terminal.err(`${formatBytes(total)} in ${home}\n`);
    return 0;
  },
});
