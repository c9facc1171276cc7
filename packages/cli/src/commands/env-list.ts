import { type DiskUse, type EnvironmentInfo, listEnvironments, measureFolders, readSettings } from "@parfocal/core";
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

function row({ key, stamp, problem, usedBy }: EnvironmentInfo, { bytes, ownBytes }: DiskUse): string[] {
  const state = problem === null ? "ready" : `broken: ${problem}`;
  return [
    key,
    stamp === null ? "?" : `${stamp.module} ${stamp.moduleVersion}${stamp.profile === "default" ? "" : ` ${stamp.profile}`}`,
    stamp?.accelerator ?? "?",
    stamp?.python.version ?? "?",
    formatBytes(bytes),
    formatBytes(ownBytes),
    usedBy.length > 0 ? `${state}, used by process ${usedBy.join(", ")}` : state,
  ];
}

export const envListCommand = defineSimpleCommand({
  meta: {
    name: "env list",
    description: "List the environments on this machine with their sizes",
    usage: "",
    notes: [
      "SIZE is all files of an environment, OWN those that neither another environment nor uv's cache shares: what it adds to the disk, and " +
        "what removing it gives back.",
    ],
  },
  args: {},
  needs: 0,
  async run({ context }) {
    const environments = await listEnvironments();
    const { home, uvCache } = readSettings();
    const { each, togetherBytes } = measureFolders([...environments.map(({ folder }) => folder), uvCache]);
    if (context.json) {
      for (const [i, environment] of environments.entries())
        writeJson(context, { ...environmentToJson(environment), ...each[i] });
      return 0;
    }
    if (environments.length === 0) {
      context.terminal.err(
        `no environments in ${home}\n  hint   \`parfocal env install MODULE\` installs one; so does the first run\n`,
      );
      return 0;
    }
    const rows = environments.map((environment, i) => row(environment, each[i]!));
    const table = formatColumns([["KEY", "BUILT FOR", "ACCELERATOR", "PYTHON", "SIZE", "OWN", "STATE"], ...rows], "");
    const cacheBytes = each.at(-1)!.ownBytes;
    context.terminal.out(`${table}\n`);
    context.terminal.err(
      `${formatBytes(togetherBytes - cacheBytes)} in ${home}, ${formatBytes(cacheBytes)} more in ${uvCache}\n`,
    );
    return 0;
  },
});
