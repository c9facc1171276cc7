import { ParfocalError } from "../errors/parfocal-error.ts";
import type { ProcessEnd } from "../worker/process.ts";

const statusHint =
  "`parfocal daemon status` says whether it runs, `parfocal daemon logs` what it last said; --no-daemon does without it";

export const noDaemonError = (module: string): ParfocalError =>
  new ParfocalError("DAEMON_UNREACHABLE", `${module}: no daemon runs`, { hint: "start it with `parfocal daemon start`" });

/** Why the connection to the daemon is gone. */
export function lostDaemonError(module: string, { fault, spawnError }: ProcessEnd, phase: "start" | "call"): ParfocalError {
  if (fault !== null) {
    return new ParfocalError(
      "DAEMON_INCOMPATIBLE",
      `${module}: the daemon said what this version does not understand: ${fault.message}`,
      {
        hint: "restart it: `parfocal daemon stop`, then `parfocal daemon start`",
      },
    );
  }
  if (spawnError !== null) {
    return new ParfocalError("DAEMON_UNREACHABLE", `${module}: the daemon does not answer: ${spawnError.message}`, {
      hint: statusHint,
      cause: spawnError,
    });
  }
  const when = phase === "start" ? "before the model was loaded" : "during the call";
  return new ParfocalError("DAEMON_UNREACHABLE", `${module}: the daemon went away ${when}`, { hint: statusHint });
}
