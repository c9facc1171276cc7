import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readSettings } from "@parfocal/core";
import { daemonCommand, stopDaemon } from "@parfocal/server";
import { clientFolder, importLine, type ScriptPlaces } from "../../src/index.ts";

/** Parfocal as scripts find it: this repository, with a home of its own. */
export interface Installation {
  /** For files of tests; its name has a space and an umlaut. */
  readonly folder: string;
  readonly places: ScriptPlaces;
  /** The line on top of a script of one's own. */
  readonly line: string;
  /** Ends the daemon that scripts started, and removes the folder. */
  remove(): Promise<void>;
}

/** @param options.environments false for a home without the environments of the real one */
export function makeInstallation({ environments = true } = {}): Installation {
  const folder = mkdtempSync(join(tmpdir(), "parfocal ga3 ü "));
  const home = join(folder, "home");
  mkdirSync(home);
  if (environments) {
    const { home: real } = readSettings();
    mkdirSync(join(real, "e"), { recursive: true });
    symlinkSync(join(real, "e"), join(home, "e"));
  }
  const modulesHere = fileURLToPath(new URL("../../../cli", import.meta.url));
  const places: ScriptPlaces = {
    clientFolder,
    daemonState: join(home, "daemon", "daemon.json"),
    daemonCommand: daemonCommand([modulesHere]),
    variables: { PARFOCAL_HOME: home },
  };
  return {
    folder,
    places,
    line: `${importLine(places, modulesHere)}\n`,
    async remove() {
      await stopDaemon({ now: true, settings: { home } });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
