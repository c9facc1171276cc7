import type { Environment } from "../contract/environment.ts";
import { buildFailure } from "./build-failure.ts";
import { openBuildLog } from "./build-log.ts";
import { homeFolders } from "./folders.ts";
import type { EnvironmentPlan } from "./plan-environment.ts";
import { probeEnvironment } from "./probe.ts";
import { openEnvironment, replaceStamp } from "./stamp.ts";

/**
 * Imports what a module promises of an environment that is ready, and that nobody has tried yet: another module with the same lock built it. What was tried is in the
 * stamp from then on, so that each import is tried once.
 *
 * @throws ParfocalError ENV_PROBE_FAILED, CANCELLED
 */
export async function tryImports(environment: Environment, plan: EnvironmentPlan, signal?: AbortSignal): Promise<Environment> {
  const { manifest } = plan.handle;
  const tried = environment.stamp.probe;
  const untried = manifest.profiles[plan.profile]?.imports.filter((name) => !Object.hasOwn(tried, name)) ?? [];
  if (untried.length === 0) return environment;
  const log = openBuildLog(homeFolders(plan.settings).logs, `probe-${manifest.name}-${plan.key}.log`);
  try {
    const probe = await probeEnvironment(environment.python, untried, { signal, log: (chunk) => log.write(chunk) });
    if (!probe.ok) throw buildFailure("probe", probe.run, plan, log.path);
    replaceStamp(plan.folder, { ...environment.stamp, probe: { ...tried, ...probe.versions } });
    return openEnvironment(plan.folder, plan.choice) ?? environment;
  } finally {
    await log.close();
  }
}
