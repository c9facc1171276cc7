import { join } from "node:path";
import { readSettings } from "@parfocal/core";
import { clientFolder, type ScriptPlaces } from "@parfocal/nis-elements";
import { daemonCommand } from "@parfocal/server";
import { moduleStarts } from "../modules/module-starts.ts";

/** What a script for NIS-Elements must carry with it: this installation's paths, and the settings that hold in this shell alone. */
export function ga3Places(cwd: string, variables: Readonly<Record<string, string | undefined>>): ScriptPlaces {
  const kept = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[0].startsWith("PARFOCAL_") && !!entry[1],
  );
  return {
    clientFolder,
    daemonState: join(readSettings({}, variables).home, "daemon", "daemon.json"),
    daemonCommand: daemonCommand(moduleStarts(cwd)),
    variables: Object.fromEntries(kept.sort()),
  };
}
