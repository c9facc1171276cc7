import type { Environment, EnvironmentOptions } from "../contract/environment.ts";
import { ParfocalError, toParfocalError } from "../errors/parfocal-error.ts";
import type { ModuleHandle } from "../module/manifest.ts";
import { type BuildProgress, buildEnvironment, type PhaseTimes } from "./build-environment.ts";
import { checkSpace, freeBytesAt } from "./disk.ts";
import { tryLock, waitForLock } from "./own-lock.ts";
import { type EnvironmentPlan, planEnvironment, plannedBytes } from "./plan-environment.ts";
import { throwIfCancelled } from "./run-tool.ts";
import { openEnvironment } from "./stamp.ts";
import { readTold, tellFailure } from "./told-failure.ts";
import { tryImports } from "./try-imports.ts";

/**
 * The environment of a module if it is ready, else null. Reads the lock and the stamp; starts no process.
 * @throws ParfocalError USAGE, ENV_LOCK_INVALID, DEVICE_UNAVAILABLE.
 */
export async function findEnvironment(handle: ModuleHandle, options: EnvironmentOptions = {}): Promise<Environment | null> {
  const plan = await planEnvironment(handle, options);
  return openEnvironment(plan.folder, plan.choice);
}

/**
 * The environment of a module; it is built when it is not ready. When another process builds it already, waits for that one and passes on
 * its progress. Where another module with the same lock built it, this one's imports are tried first, once.
 *
 * @throws ParfocalError ENV_NOT_READY with `build: false`; CANCELLED; and what {@link buildEnvironment} and {@link findEnvironment} throw.
 */
export async function ensureEnvironment(handle: ModuleHandle, options: EnvironmentOptions = {}): Promise<Environment> {
  throwIfCancelled(options.signal);
  const plan = await planEnvironment(handle, options);
  const ready = openEnvironment(plan.folder, plan.choice);
  if (ready) return options.build === false ? ready : tryImports(ready, plan, options.signal);
  const { name, version } = handle.manifest;
  if (options.build === false) {
    throw new ParfocalError("ENV_NOT_READY", `the environment of ${name} for ${plan.choice.accelerator} is not installed`, {
      hint: `run \`parfocal env install ${name}\``,
    });
  }

  const started = performance.now();
  const bytes = plannedBytes(plan);
  const freeBytes = await freeBytesAt(plan.folder);
  options.onEvent?.({ type: "env-build-start", module: name, version, folder: plan.folder, ...bytes, freeBytes });
  checkSpace(plan.settings.home, bytes.installedBytes, freeBytes);
  const phasesMs = await buildOrWait(plan, options);
  const environment = openEnvironment(plan.folder, plan.choice);
  if (!environment) {
    throw new ParfocalError("INTERNAL", `the environment ${plan.folder} was built but is not ready`, {
      hint: "please report this with the output of `parfocal doctor`",
    });
  }
  const tried = await tryImports(environment, plan, options.signal);
  const elapsedMs = Math.round(performance.now() - started);
  options.onEvent?.({ type: "env-build-end", module: name, folder: plan.folder, elapsedMs, phasesMs });
  return tried;
}

/** Builds under the lock, or waits for whoever holds it. The lock saves work; that results are right rests on the rename. */
async function buildOrWait(plan: EnvironmentPlan, options: EnvironmentOptions): Promise<PhaseTimes> {
  const { name } = plan.handle.manifest;
  const say = (progress: BuildProgress): void => options.onEvent?.({ type: "env-build-progress", module: name, ...progress });
  for (;;) {
    throwIfCancelled(options.signal);
    if (openEnvironment(plan.folder, plan.choice)) return {};
    const lock = await tryLock(plan.folder).catch((error: NodeJS.ErrnoException) => {
      say({ phase: "wait", message: `building without a lock: ${error.message}` });
      return "no lock" as const;
    });
    if (lock === "no lock") return await buildEnvironment(plan, { signal: options.signal, onProgress: say });
    if (lock) {
      try {
        if (openEnvironment(plan.folder, plan.choice)) return {};
        return await buildEnvironment(plan, {
          signal: options.signal,
          onProgress: (progress) => {
            lock.tell({ progress });
            say(progress);
          },
        });
      } catch (error) {
        const known = toParfocalError(error);
        if (known.code !== "CANCELLED") lock.tell(tellFailure(known));
        throw error;
      } finally {
        await lock.release();
      }
    }
    let failure: ParfocalError | undefined;
    const end = await waitForLock(
      plan.folder,
      (pid, message) => {
        const told = readTold(message);
        if (told?.failure) failure = told.failure;
        const what = told?.progress ? `: ${told.progress.message}` : "";
        say({ ...told?.progress, phase: "wait", message: `waiting for setup by process ${pid}${what}` });
      },
      options.signal,
    );
    if (failure) throw failure;
    if (end === "stranger") return await buildEnvironment(plan, { signal: options.signal, onProgress: say });
  }
}
