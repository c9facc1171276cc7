import { mkdir, readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import type { CaseResult } from "./case.ts";
import { batch } from "./cases/batch.ts";
import { batchGrowth } from "./cases/batch-growth.ts";
import { cellposeFolder } from "./cases/cellpose-folder.ts";
import { daemon } from "./cases/daemon.ts";
import { ga3 } from "./cases/ga3.ts";
import { hosts } from "./cases/hosts.ts";
import { install } from "./cases/install.ts";
import { largeMeasure } from "./cases/large-measure.ts";
import { overhead } from "./cases/overhead.ts";
import { readyCheck } from "./cases/ready-check.ts";
import { recovery } from "./cases/recovery.ts";
import { runOverhead } from "./cases/run-overhead.ts";
import { singleCalls } from "./cases/single-calls.ts";
import { stardistUpstream } from "./cases/stardist-upstream.ts";
import { describeMachine, formatReport, judge, readBudget } from "./report.ts";

const cases: Readonly<Record<string, () => Promise<CaseResult | null>>> = {
  "ready-check": readyCheck,
  "run-overhead": runOverhead,
  install,
  hosts,
  daemon,
  ga3,
  overhead,
  recovery,
  "single-calls": singleCalls,
  stardist: stardistUpstream,
  "cellpose-folder": cellposeFolder,
  batch,
  "batch-growth": batchGrowth,
  "large-measure": largeMeasure,
};

const folder = new URL("../../../docs/reference/", import.meta.url);
// --write: put the named cases among those that were measured on this machine before
const { positionals: wanted, values } = parseArgs({ allowPositionals: true, options: { write: { type: "boolean" } } });
const unknown = wanted.filter((name) => !(name in cases));
if (unknown.length > 0) {
  console.error(`no benchmark is called ${unknown.join(", ")}; there are ${Object.keys(cases).join(", ")}`);
  process.exit(2);
}

const results: CaseResult[] = [];
for (const [name, measure] of Object.entries(cases)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.error(`measuring ${name}`);
  const result = await measure();
  if (result === null) console.error(`skipped ${name}: no ../shared`);
  else results.push(result);
}
const names = new Set(results.map(({ name }) => name));
if (wanted.length > 0 && values.write) {
  const before = JSON.parse(await readFile(new URL("benchmarks.json", folder), "utf8"));
  if (before.machine !== describeMachine()) throw new Error(`the other cases were measured on ${before.machine}; measure all`);
  results.unshift(...(before.results as CaseResult[]).filter(({ name }) => !names.has(name)));
}
const partial = wanted.length > 0 && !values.write;
const verdicts = judge(results, await readBudget(new URL("../budget.json", import.meta.url)), partial);
const date = new Date().toISOString().slice(0, 10);
const report = formatReport(results, verdicts, describeMachine(), date);
console.log(report);
if (!partial) {
  await mkdir(folder, { recursive: true });
  await writeFile(new URL("benchmarks.md", folder), report);
  await writeFile(
    new URL("benchmarks.json", folder),
    `${JSON.stringify({ machine: describeMachine(), date, results, verdicts }, null, 2)}\n`,
  );
}
process.exitCode = verdicts.every(({ ok }) => ok) ? 0 : 1;
