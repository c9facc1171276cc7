import { accessSync, constants } from "node:fs";
import { isAbsolute, join } from "node:path";
import type { Settings } from "@parfocal/core";
import type { ScriptPlaces } from "@parfocal/nis-elements";
import type { Check } from "./check.ts";

const group = "node";

function fileCheck(name: string, path: string): Check {
  const remedy = "install Parfocal in a folder of this PC that you may read, and write the script anew";
  if (!isAbsolute(path)) return { group, name, status: "error", found: `${path} is no absolute path`, remedy };
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    return { group, name, status: "error", found: (error as Error).message, remedy };
  }
  if (/^(\\\\|\/\/)/.test(path)) {
    const found = `${path} is on a network drive: the node fails when that is away`;
    return { group, name, status: "warning", found, remedy: "install Parfocal on a disk of this PC" };
  }
  return { group, name, status: "ok", found: path };
}

function variablesCheck({ variables }: ScriptPlaces): Check {
  const names = Object.keys(variables);
  const found = names.length === 0 ? "none set here" : `${names.join(", ")}: a script that is written here keeps them`;
  return { group, name: "settings", status: "ok", found };
}

/** Looks at what a script refers to: the client, Node and the daemon's program, and the settings of this shell. */
export function nodeChecks(places: ScriptPlaces, settings: Settings): Check[] {
  const [node = "", daemon = ""] = places.daemonCommand;
  const network = settings.offline ? "never used: all must be here" : "used by `parfocal env install` alone, never by a node";
  return [
    fileCheck("client", join(places.clientFolder, "parfocal_ga3", "__init__.py")),
    fileCheck("Node", node),
    fileCheck("daemon", daemon),
    variablesCheck(places),
    { group, name: "network", status: "ok", found: network },
  ];
}
