import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EnvironmentStamp } from "../contract/environment.ts";
import type { BuildPhase, ParfocalEvent } from "../contract/events.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { buildFailure } from "./build-failure.ts";
import { openBuildLog } from "./build-log.ts";
import { uvEnvironment } from "./clean-environment.ts";
import { compileBytecode } from "./compile-bytecode.ts";
import { folderBytes, makeFolder } from "./disk.ts";
import { fileFailure } from "./file-failure.ts";
import { homeFolders } from "./folders.ts";
import { followInstall } from "./follow-install.ts";
import { checkWheelhouse, installArguments } from "./install-arguments.ts";
import { checkLockRules } from "./lock.ts";
import { type EnvironmentPlan, plannedBytes } from "./plan-environment.ts";
import { environmentPython, environmentSitePackages } from "./platform.ts";
import { probeEnvironment } from "./probe.ts";
import { findPython } from "./python.ts";
import { runTool, type ToolRun, throwIfCancelled } from "./run-tool.ts";
import { discard, stageName, sweepStages } from "./stage.ts";
import { environmentProblem, writeStamp } from "./stamp.ts";
import { findUv } from "./uv.ts";

/** What an event of a build's progress says, without whose it is. */
export type BuildProgress = Omit<Extract<ParfocalEvent, { readonly type: "env-build-progress" }>, "type" | "module">;

export interface BuildOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: BuildProgress) => void;
  /** uv is ended when it neither says nor downloads anything for so long. Default 10 minutes. */
  readonly stallMs?: number;
}

export type PhaseTimes = Partial<Record<BuildPhase, number>>;

/**
 * Builds the planned environment in a staging folder and gives it its final name when it is complete. An environment of that name that is
 * ready is never touched: when another builder was faster, its result stays.
 *
 * @throws ParfocalError ENV_UV_NOT_FOUND, ENV_PYTHON_NOT_FOUND, ENV_NETWORK, ENV_TLS, ENV_HASH_MISMATCH, ENV_NO_SPACE, ENV_PERMISSION,
 * ENV_LOCK_INVALID, ENV_PROBE_FAILED, ENV_BUILD_FAILED, CANCELLED, USAGE.
 */
export async function buildEnvironment(plan: EnvironmentPlan, options: BuildOptions = {}): Promise<PhaseTimes> {
  const { settings, handle, signal } = { ...plan, signal: options.signal };
  const folders = homeFolders(settings);
  const times: PhaseTimes = {};
  let phase: BuildPhase = "uv";
  let since = performance.now();
  const enter = (next: BuildPhase): void => {
    const now = performance.now();
    times[phase] = (times[phase] ?? 0) + now - since;
    phase = next;
    since = now;
  };
  const say = (progress: BuildProgress): void => options.onProgress?.(progress);
  const onMessage = (message: string): void => say({ phase, message });

  for (const lock of plan.locks) checkLockRules(lock);
  checkWheelhouse(settings);
  await makeFolder(folders.environments, "PARFOCAL_HOME");
  await sweepStages(folders.environments);
  const log = openBuildLog(folders.logs, `build-${handle.manifest.name}-${plan.key}.log`);
  const stage = join(folders.environments, stageName(plan.key, "tmp"));
  const python = environmentPython(stage);
  const write = (chunk: Buffer): void => log.write(chunk);
  const fail = (step: string, run: ToolRun): never => {
    throw buildFailure(step, run, plan, log.path);
  };

  try {
    since = performance.now();
    const uv = await findUv(settings, { signal, onMessage });
    say({ phase, message: `uv ${uv.version} (${uv.source}: ${uv.path})` });
    enter("python");
    const base = await findPython(settings, plan.pythonMinor, uv, { signal, onMessage });
    say({ phase, message: `Python ${base.version} (${base.source}: ${base.path})` });

    enter("venv");
    say({ phase, message: "creating the environment" });
    const environment = uvEnvironment(settings);
    const stall = { afterMs: options.stallMs ?? 600_000 };
    const venv = await runTool(uv.path, ["venv", "--no-project", "--relocatable", "--python", base.path, stage], {
      environment,
      signal,
      log: write,
      stall: { ...stall, alive: () => 0 },
    });
    if (venv.exitCode !== 0) fail("venv", venv);

    enter("download");
    const install = async (systemCerts: boolean): Promise<ToolRun> => {
      const follow = followInstall(settings.uvCache, plannedBytes(plan), (progress) => {
        if (progress.phase !== phase) enter(progress.phase);
        say(progress);
      });
      try {
        return await runTool(uv.path, installArguments(python, plan.locks, settings), {
          environment: systemCerts ? uvEnvironment(settings, process.env, { systemCerts }) : environment,
          signal,
          log: write,
          onLine: follow.onLine,
          stall: { ...stall, alive: follow.sign },
        });
      } finally {
        follow.stop();
      }
    };
    let installed = await install(false);
    if (installed.exitCode !== 0 && buildFailure("install", installed, plan, log.path).code === "ENV_TLS") {
      say({ phase, message: "a certificate was not trusted; trying once more with the system's authorities" });
      installed = await install(true);
    }
    if (installed.exitCode !== 0) fail("install", installed);

    enter("compile");
    say({ phase, message: "compiling the packages" });
    await compileBytecode(python, environmentSitePackages(stage, plan.pythonMinor), { signal, log: write });

    enter("probe");
    const imports = handle.manifest.profiles[plan.profile]?.imports ?? [];
    say({ phase, message: imports.length > 0 ? `importing ${imports.join(", ")}` : "starting Python" });
    const [probe, bytes] = await Promise.all([probeEnvironment(python, imports, { signal, log: write }), folderBytes(stage)]);
    if (!probe.ok) return fail("probe", probe.run);

    enter("publish");
    const stamp: EnvironmentStamp = {
      stampVersion: 1,
      key: plan.key,
      module: handle.manifest.name,
      moduleVersion: handle.manifest.version,
      profile: plan.profile,
      accelerator: plan.choice.accelerator,
      acceleratorReason: plan.choice.reason,
      lockSha256: plan.locks[0].sha256,
      platform: plan.platform,
      python: { version: probe.python, base: base.path, source: base.source },
      uv,
      probe: probe.versions,
      bytes,
      createdAt: new Date().toISOString(),
    };
    writeStamp(stage, stamp);
    throwIfCancelled(signal);
    await publish(stage, plan);
    enter("publish");
    return times;
  } catch (error) {
    await rm(stage, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
    throw await fileFailure(error, settings.home, phase);
  } finally {
    await log.close();
  }
}

/** Gives the stage its final name; when a ready environment has it already, the stage is removed. */
async function publish(stage: string, plan: EnvironmentPlan): Promise<void> {
  const { environments } = homeFolders(plan.settings);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await rename(stage, plan.folder);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "";
      const isTaken = ["ENOTEMPTY", "EEXIST", "EPERM", "EACCES"].includes(code);
      if (isTaken && environmentProblem(plan.folder) === null) return await rm(stage, { recursive: true, force: true });
      if (!isTaken || attempt >= 5) {
        throw new ParfocalError(
          "ENV_PERMISSION",
          `the finished environment could not be moved to ${plan.folder}: ${(error as Error).message}`,
          {
            hint: "run the same command again; if it fails again, keep virus scanners out of the folder that PARFOCAL_HOME names",
            details: { step: "publish", outputTail: [], logPath: null },
            cause: error,
          },
        );
      }
      // What has the name is damaged; whoever still runs from it keeps its open files.
      await discard(environments, plan.folder, plan.key);
    }
  }
}
