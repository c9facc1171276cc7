import { ParfocalError } from "../errors/parfocal-error.ts";
import { classifyFailure } from "./classify-failure.ts";
import type { EnvironmentPlan } from "./plan-environment.ts";
import type { ToolRun } from "./run-tool.ts";

/** Turns a failed step of a build into the error that says what to do. */
export function buildFailure(step: string, run: ToolRun, plan: EnvironmentPlan, logPath: string | null): ParfocalError {
  const { name } = plan.handle.manifest;
  const what = `setting up the environment of ${name} failed at "${step}"`;
  const details = { step, outputTail: run.tail, logPath };
  if (step === "probe") {
    const last = run.tail.at(-1) ?? run.failureText;
    return new ParfocalError("ENV_PROBE_FAILED", `${what}: ${last}`, {
      hint: "the packages are installed but do not work on this machine; read the log, and report it to the module's authors",
      details,
    });
  }
  const ended = endOf(run);
  if (ended)
    return new ParfocalError("ENV_BUILD_FAILED", `${what}: ${ended}`, {
      hint: "run the same command again; what was downloaded is kept",
      details,
    });

  const { offline, wheelhouse, home, uvCache } = plan.settings;
  const { code, cause, hint } = classifyFailure(run.tail.join("\n"), { offline, wheelhouse, home, uvCache });
  if (code === "ENV_NO_SPACE") {
    return new ParfocalError(code, `${what}: ${cause}`, { hint, details: { neededBytes: 0, freeBytes: 0, folder: home } });
  }
  return new ParfocalError(code, `${what}: ${cause}`, { hint, details });
}

function endOf(run: ToolRun): string | null {
  if (run.failure === "not-started") return `uv could not be started: ${run.failureText}`;
  if (run.failure === "stalled") return "uv did nothing for too long and was ended";
  if (run.failure === "timeout") return "uv took too long and was ended";
  return run.signal === null ? null : `uv was ended by ${run.signal}`;
}
