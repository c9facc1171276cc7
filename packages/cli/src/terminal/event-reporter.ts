import type { BuildPhase, OnEvent, ParfocalEvent } from "@parfocal/core";
import { describeLicence } from "../text/describe-licence.ts";
import { formatBytes, formatDuration, formatEta } from "../text/format.ts";
import { type Progress, renderBar } from "./progress.ts";
import type { Style } from "./style.ts";

type BuildStart = Extract<ParfocalEvent, { type: "env-build-start" }>;
type BuildProgress = Extract<ParfocalEvent, { type: "env-build-progress" }>;
type WeightsStart = Extract<ParfocalEvent, { type: "weights-start" }>;
type WeightsProgress = Extract<ParfocalEvent, { type: "weights-progress" }>;

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

/** What is fetched from where, and its licences, before the first byte. */
function describeWeights({ module, set, files, bytes, folder, licence }: WeightsStart, style: Style): string[] {
  const hosts = [...new Set(files.map(({ url }) => new URL(url).host))].join(", ");
  const size = bytes === null ? "" : `${formatBytes(bytes)} `;
  return [
    `${style.bold(`${module} weights ${set}`)}  fetching ${size}from ${hosts} (once)`,
    `  where   ${folder}`,
    `  licence ${describeLicence(licence)}`,
    ...files.flatMap(({ name, problem }) => (problem === null ? [] : [`  ${name} is damaged: ${problem}`])),
  ];
}

function describeFetching({ file, message, bytes, totalBytes, etaMs }: WeightsProgress): string {
  const size =
    totalBytes === null || totalBytes === 0
      ? [formatBytes(bytes)]
      : [`${renderBar(bytes / totalBytes)} ${formatBytes(bytes)} of ${formatBytes(totalBytes)}`];
  const eta = etaMs === undefined ? [] : [`eta ${formatEta(etaMs)}`];
  return `  ${[file, ...size, ...eta, message].join(" ")}`;
}

/**
 * Shows the building of an environment, the fetching of weights and what a worker has to say: size, place and licences before the
 * first byte, then one line for each step. Events of runs are left to whoever runs.
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
      case "weights-start":
        for (const line of describeWeights(event, style)) progress.line(line);
        break;
      case "weights-progress":
        progress.update(describeFetching(event));
        break;
      case "weights-end":
        progress.clear();
        for (const { name, sha256, recorded } of event.files) {
          if (recorded) progress.line(`  recorded ${name}: sha256 ${sha256}; later downloads must equal it`);
        }
        progress.line(`${style.green("fetched")} ${event.set} in ${formatDuration(event.elapsedMs)}`);
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
