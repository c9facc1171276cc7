import { findDaemon, readSettings } from "@parfocal/core";
import { askDaemon, type DaemonSummary } from "@parfocal/server";
import { defineSimpleCommand } from "../command.ts";
import { writeJson } from "../context.ts";
import { formatBytes, formatColumns, formatCount, formatDuration } from "../text/format.ts";

const answerMs = 5_000;

function describePool({
  module,
  version,
  device,
  workers,
  waiting,
  calls,
  idleMs,
  kept,
}: DaemonSummary["pools"][number]): [string, string] {
  const alive = workers.filter(({ pid }) => pid !== null);
  const words = [
    device === null ? "starting" : `on ${device}`,
    ...(alive.length > 0 ? [`process ${alive.map(({ pid }) => pid).join(", ")}`] : []),
    formatCount(calls, "call"),
    waiting > 0 ? `${waiting} waiting` : idleMs === 0 ? "busy" : `idle for ${formatDuration(idleMs)}`,
    ...(kept ? ["kept"] : []),
  ];
  return [`${module} ${version}`, words.join(", ")];
}

export const daemonStatusCommand = defineSimpleCommand({
  meta: { name: "daemon status", description: "Show the daemon and its models", usage: "" },
  args: {},
  needs: 0,
  async run({ context }) {
    const daemon = findDaemon(readSettings());
    if (daemon === null) {
      if (context.json) writeJson(context, { type: "daemon", running: false });
      else context.terminal.out("no daemon runs; `parfocal daemon start` starts one\n");
      return 0;
    }
    const state = await askDaemon(daemon, "state", answerMs);
    if (context.json) {
      writeJson(context, { type: "daemon", running: true, socket: daemon.socket, logPath: daemon.logPath, ...state });
      return 0;
    }
    const rows: [string, string][] = [
      ["daemon", `${state.version}, process ${state.pid}, up for ${formatDuration(Date.now() - Date.parse(state.startedAt))}`],
      ["memory", `${formatBytes(state.memoryBytes)} without its workers`],
      ["clients", String(state.clients - 1)], // this command is one
      ["http", state.http],
      ["log", daemon.logPath],
      ...(state.pools.length === 0 ? [["models", "none loaded"] as [string, string]] : state.pools.map(describePool)),
    ];
    context.terminal.out(`${formatColumns(rows)}\n`);
    return 0;
  },
});
