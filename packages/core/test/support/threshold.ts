import { fileURLToPath } from "node:url";
import { ensureEnvironment } from "../../src/environment/ensure-environment.ts";
import { readModule } from "../../src/module/read-module.ts";

/** Folder of the threshold module: the smallest environment with numpy that the project locks. */
export const thresholdFolder = fileURLToPath(new URL("../../../../modules/threshold", import.meta.url));

/** Interpreter of the threshold module's environment, built if need be. */
export async function numpyPython(): Promise<string> {
  const module = await readModule(thresholdFolder);
  return (await ensureEnvironment(module.handle, { device: "cpu" })).python;
}
