/**
 * The Parfocal daemon: one process of a user that keeps models warm for all programs. Programs talk to it with `connectWorker` of
 * `@parfocal/core`; this package runs it.
 *
 * @module
 */

export { createDaemon, type Daemon, type DaemonOptions, type RunningDaemon } from "./daemon.ts";
export type { DaemonSummary } from "./daemon-summary.ts";
export { openApiDocument } from "./http/document.ts";
export { askDaemon } from "./life/ask-daemon.ts";
export { daemonCommand, type StartDaemonOptions, startDaemon } from "./life/start-daemon.ts";
export { daemonLogPath } from "./life/state.ts";
export { stopDaemon } from "./life/stop-daemon.ts";
export { disableAtLogin, enableAtLogin } from "./login/at-login.ts";
