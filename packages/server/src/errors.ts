import { ParfocalError } from "@parfocal/core";
import { readToldError, toldErrorSchema } from "@parfocal/core/serve";

const restart = "restart it with the newest parfocal: `parfocal daemon stop`, then `parfocal daemon start`";

export const incompatibleError = (theirs: unknown, ours: number): ParfocalError =>
  new ParfocalError("DAEMON_INCOMPATIBLE", `the daemon speaks protocol ${ours}, the client ${String(theirs)}`, { hint: restart });

export const strangerError = (): ParfocalError =>
  new ParfocalError("DAEMON_INCOMPATIBLE", "the daemon refused the token", {
    hint: "another daemon has taken its place; run the command again",
  });

export const stoppingError = (): ParfocalError =>
  new ParfocalError("DAEMON_UNREACHABLE", "the daemon is stopping", {
    hint: "start it again with `parfocal daemon start`, or run without it",
  });

/** An error that the daemon's process wrote down. */
export const toldErrorOf = (told: unknown): ParfocalError => readToldError(toldErrorSchema.parse(told));
