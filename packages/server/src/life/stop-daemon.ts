import { setTimeout as delay } from "node:timers/promises";
import { type DaemonState, findDaemon, ParfocalError, readSettings, type Settings } from "@parfocal/core";
import { isSameProcess } from "@parfocal/core/serve";
import { askDaemon } from "./ask-daemon.ts";
import { removeState } from "./state.ts";

const answerMs = 5_000;
const noTimeoutMs = 2 ** 31 - 1;

/**
 * Ends the daemon of this user and waits until it is gone.
 *
 * @param options.now do not wait for the calls in hand; one that does not answer is killed
 * @returns false when none ran
 * @throws ParfocalError DAEMON_UNREACHABLE, DAEMON_INCOMPATIBLE.
 */
export async function stopDaemon(options: { readonly now: boolean; readonly settings?: Partial<Settings> }): Promise<boolean> {
  const settings = readSettings(options.settings);
  const daemon = findDaemon(settings);
  if (daemon === null) return false;
  try {
    await askDaemon(daemon, options.now ? "kill" : "stop", options.now ? answerMs : noTimeoutMs);
  } catch (error) {
    if (!options.now) throw error;
    if (isSameProcess(daemon.pid, daemon.start)) process.kill(daemon.pid, "SIGKILL");
  }
  await waitForEnd(daemon);
  removeState(settings);
  return true;
}

async function waitForEnd({ pid, start }: DaemonState): Promise<void> {
  const deadline = performance.now() + 2 * answerMs;
  while (isSameProcess(pid, start)) {
    if (performance.now() > deadline) {
      throw new ParfocalError("DAEMON_UNREACHABLE", `the daemon (process ${pid}) does not end`, {
        hint: "`parfocal daemon stop --now` ends it",
      });
    }
    await delay(10); // no event tells of the end of a process that is not our child
  }
}
