import type { CommandDef } from "citty";
import { metaOf } from "../command.ts";
import type { Style } from "../terminal/style.ts";
import { renderPairs } from "./render-help.ts";

/** Names and descriptions of commands, in their order. */
export async function commandPairs(
  commands: Readonly<Record<string, () => Promise<CommandDef>>>,
): Promise<(readonly [string, string])[]> {
  return Promise.all(
    Object.entries(commands).map(async ([name, load]) => [name, (await metaOf(await load())).description] as const),
  );
}

/** What `parfocal` says when it is called without a command. */
export function renderOverview(pairs: readonly (readonly [string, string])[], version: string, style: Style): string {
  return `parfocal ${version}: segment microscope images with Python models, each in an environment of its own.

${style.bold("Usage")}
  parfocal COMMAND [arguments]

${style.bold("Commands")}
${renderPairs(pairs, style)}

${style.bold("Start here")}
  parfocal demo                              segment a sample image
  parfocal run stardist nuclei.tif           segment your own
  parfocal run stardist --help               parameters of a model

Every command explains itself with --help; \`parfocal help exit-codes\` lists the exit codes.
`;
}
