import type { Environment, EnvironmentOptions } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { uvEnvironment } from "./clean-environment.ts";
import { ensureEnvironment } from "./ensure-environment.ts";
import { removeEnvironment } from "./inspect.ts";
import { runTool } from "./run-tool.ts";
import { readSettings } from "./settings.ts";
import { findUv } from "./uv.ts";
import { type DamagedFile, verifyEnvironment } from "./verify-environment.ts";

export interface Repair {
  readonly environment: Environment;
  /** What was damaged; empty when all was well and nothing was done. */
  readonly damaged: readonly DamagedFile[];
}

/**
 * Hashes every file of a module's environment. Where one is not as its package was installed, the environment is removed, the packages are
 * taken out of uv's cache (which shares its files with environments, and so the damage), and it is built anew.
 *
 * @throws ParfocalError USAGE when a process uses the damaged environment; and what {@link ensureEnvironment} throws.
 */
export async function repairEnvironment(handle: ModuleHandle, options: EnvironmentOptions = {}): Promise<Repair> {
  const found = await ensureEnvironment(handle, options);
  const damaged = await verifyEnvironment(found, { contents: true });
  if (damaged.length === 0) return { environment: found, damaged };
  await removeEnvironment(found.key, options.settings);
  await forget([...new Set(damaged.map((file) => file.package))], options);
  return { environment: await ensureEnvironment(handle, options), damaged };
}

/** Takes packages out of uv's cache. */
async function forget(packages: readonly string[], { settings: overrides, signal }: EnvironmentOptions): Promise<void> {
  const settings = readSettings(overrides);
  const uv = await findUv(settings, { signal });
  const run = await runTool(uv.path, ["cache", "clean", ...packages], { environment: uvEnvironment(settings), signal });
  if (run.exitCode === 0) return;
  throw new ParfocalError("ENV_BUILD_FAILED", `${packages.join(", ")} could not be taken out of uv's cache ${settings.uvCache}`, {
    hint: "remove that folder, and run again",
    details: { step: "uv", outputTail: run.tail, logPath: null },
  });
}
