import type { BuildPhase, OnEvent, ParfocalEvent } from "@parfocal/core";
import { formatBytes, formatDuration, formatEta } from "../text/format.ts";
import { type Progress, renderBar } from "./progress.ts";
import type { Style } from "./style.ts";

type BuildStart = Extract<ParfocalEvent, { type: "env-build-start" }>;
type BuildProgress = Extract<ParfocalEvent, { type: "env-build-progress" }>;

const steps = ["uv", "Python", "packages", "compile", "check"] as const;

const stepOf: Readonly<Record<BuildPhase, (typeof steps)[number] | null>> = {
  wait: null,
  uv: "uv",
  python: "Python",
  venv: "packages",
  download: "packages",
  install: "packages",
  compile: "compile",
  probe: "check",
  publish: "check",
};

function describeStart(event: BuildStart, style: Style): string[] {
  const sizes = [
    event.downloadBytes === null ? null : `downloads up to ${formatBytes(event.downloadBytes)}`,
    event.installedBytes === null ? null : `needs ${formatBytes(event.installedBytes)} on disk`,
    `${formatBytes(event.freeBytes)} free`,
  ];
  return [
    `${style.bold(`${event.module} ${event.version}`)}  first run: setting up its Python environment (once)`,
    `  where   ${event.folder}`,
    `          ${sizes.filter((size) => size !== null).join(", ")}`,
  ];
}

function describeStep(event: BuildProgress): string {
  const step = stepOf[event.phase];
  return step === null ? "  waiting" : `  ${steps.indexOf(step) + 1}/${steps.length} ${step.padEnd(9)}`;
}

function describeProgress(event: BuildProgress): string {
  const parts = [describeStep(event)];
  if (event.bytes !== undefined && event.totalBytes) {
    parts.push(`${renderBar(event.bytes / event.totalBytes)} ${formatBytes(event.bytes)} of ${formatBytes(event.totalBytes)}`);
    if (event.etaMs !== undefined) parts.push(`eta ${formatEta(event.etaMs)}`);
    parts.push(event.package ?? event.message);
  } else {
    parts.push(event.message);
  }
  return parts.join(" ");
}

/**
 * Shows the building of an environment and what a worker has to say: size and place before the first byte, then one line for
 * each step. Events of runs are left to whoever runs.
 */
export function createEventReporter(progress: Progress, style: Style, { verbose = false } = {}): OnEvent {
  let last: BuildProgress | null = null;
  let stepStartedMs = 0;

  const finishStep = (): void => {
    if (last === null) return;
    const took = formatDuration(performance.now() - stepStartedMs);
    progress.clear();
    progress.line(`${describeStep(last)} ${last.message}  ${style.dim(took)}`);
    last = null;
  };

  return (event) => {
    switch (event.type) {
      case "env-build-start":
        for (const line of describeStart(event, style)) progress.line(line);
        break;
      case "env-build-progress":
        if (last !== null && stepOf[last.phase] !== stepOf[event.phase]) finishStep();
        if (last === null) stepStartedMs = performance.now();
        last = event;
        progress.update(describeProgress(event));
        break;
      case "env-build-end":
        finishStep();
        progress.line(`${style.green("ready")} in ${formatDuration(event.elapsedMs)}; the next run starts at once`);
        break;
      case "worker-start":
        if (verbose) progress.line(style.dim(`worker ${event.pid} started${event.logPath ? `, log ${event.logPath}` : ""}`));
        break;
      case "worker-ready":
        if (verbose) progress.line(style.dim(`worker ${event.pid} ready on ${event.device} in ${formatDuration(event.loadMs)}`));
        break;
      case "worker-end":
        if (verbose) progress.line(style.dim(`worker ${event.pid} ended: ${event.reason}`));
        break;
      case "log":
        if (event.level === "warning") progress.line(`${style.yellow("warning")} ${event.message}`);
        else if (verbose) progress.line(style.dim(event.message));
        break;
      case "run-progress":
        break;
    }
  };
}
