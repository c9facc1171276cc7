import { connect } from "node:net";
import { createInterface } from "node:readline";
import { type DaemonState, ParfocalError } from "@parfocal/core";
import { type ClientMessage, daemonProtocolVersion, writeLine } from "@parfocal/core/serve";
import { type DaemonSummary, daemonSummarySchema } from "../daemon-summary.ts";
import { toldErrorOf } from "../errors.ts";

type Action = Extract<ClientMessage, { type: "control" }>["action"];

/**
 * Asks a daemon about itself, or tells it to end: "stop" finishes the calls in hand, "kill" does not.
 *
 * @param timeoutMs how long to wait for its answer
 * @throws ParfocalError DAEMON_UNREACHABLE, DAEMON_INCOMPATIBLE.
 */
export function askDaemon(daemon: DaemonState, action: Action, timeoutMs: number): Promise<DaemonSummary> {
  return new Promise((resolve, reject) => {
    const socket = connect(daemon.socket);
    const unreachable = (why: string) =>
      new ParfocalError("DAEMON_UNREACHABLE", `the daemon (process ${daemon.pid}) does not answer: ${why}`, {
        hint: "`parfocal daemon stop --now` ends it",
      });
    const timer = setTimeout(() => finish(() => reject(unreachable(`nothing came for ${timeoutMs} ms`))), timeoutMs);
    const finish = (settle: () => void) => {
      clearTimeout(timer);
      socket.destroy();
      settle();
    };
    socket.on("error", (error) => finish(() => reject(unreachable(error.message))));
    socket.on("close", () => finish(() => reject(unreachable("it hung up"))));
    socket.write(writeLine({ type: "control", protocol: daemonProtocolVersion, token: daemon.token, pid: process.pid, action }));
    createInterface({ input: socket })
      .on("error", () => {}) // told by the socket
      .once("line", (line) => {
        finish(() => {
          try {
            const message = JSON.parse(line) as { readonly type?: unknown; readonly state?: unknown; readonly error?: unknown };
            if (message.type === "failed") reject(toldErrorOf(message.error));
            else resolve(daemonSummarySchema.parse(message.state));
          } catch (cause) {
            reject(
              new ParfocalError(
                "DAEMON_INCOMPATIBLE",
                `the daemon (process ${daemon.pid}) answers what this version does not understand`,
                {
                  hint: "`parfocal daemon stop --now` ends it",
                  cause,
                },
              ),
            );
          }
        });
      });
  });
}
