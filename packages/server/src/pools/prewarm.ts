import { findModule, resolveParams, type Settings } from "@parfocal/core";
import type { Daemon } from "../daemon.ts";
import { createRequest } from "./request.ts";

/** Loads the modules of the setting `prewarm`, one after another, with their default parameters. What fails is said and left. */
export async function prewarm(daemon: Daemon, settings: Settings, moduleStarts: readonly string[]): Promise<void> {
  for (const name of settings.prewarm) {
    if (daemon.isStopping) return;
    try {
      const { handle } = await findModule(name, ...moduleStarts);
      const params = resolveParams(handle.manifest, {}, { stages: ["load"] });
      await daemon.pools.keep(createRequest(handle.folder, { params, settings: { ...settings } }));
    } catch (error) {
      daemon.say(`${name}: could not be loaded beforehand: ${(error as Error).message}`);
    }
  }
}
