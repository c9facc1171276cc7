import { formatBytes, formatMs } from "./format.ts";
import type { ModuleReport, ReportLine } from "./report.ts";

/** One check as a line of text. */
export function renderLine({ name, status, text }: ReportLine): string {
  return `${status.toUpperCase()}  ${name.padEnd(12)}  ${text}`;
}

/** What the report was made of and on: what stands above its lines. */
export function renderHeader({ module, version }: { readonly module: string; readonly version: string }): string {
  return `parfocal test ${module} ${version}`;
}

/** Machine, timings and the verdict: what stands below the lines. */
export function renderSummary({ machine, timings, lines, passed, date, module }: ModuleReport): string {
  const count = (status: ReportLine["status"]): number => lines.filter((line) => line.status === status).length;
  const time = (ms: number | null): string => (ms === null ? "not reached" : formatMs(ms));
  const failed = lines.filter(({ status }) => status === "fail").map(({ name }) => name);
  return [
    "",
    `start ${time(timings.startMs)}, first run ${time(timings.firstRunMs)}, warm run ${time(timings.warmRunMs)}`,
    `${machine.system}, ${machine.cores} x ${machine.processor}, ${formatBytes(machine.memoryBytes)} memory, Node ${machine.node}`,
    `${date.slice(0, 16).replace("T", " ")} UTC`,
    "",
    passed
      ? `PASS: ${module} works on this machine (${count("pass")} passed, ${count("skip")} skipped)`
      : `FAIL: ${failed.join(", ")} (${count("pass")} passed, ${count("fail")} failed, ${count("skip")} skipped)`,
    "",
  ].join("\n");
}
