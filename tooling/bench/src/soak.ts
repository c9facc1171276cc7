/**
 * Calls of all kinds on a pool of two workers, with cancels, bad input and random kills: `pnpm soak [MINUTES]`, or `--calls N --kills K`. Reports what came of the calls
 * and what the program held over time; fails when anything is left, or memory grows.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createModule, createPool, readModule } from "@parfocal/core";
import { callOnce, createRandom } from "./soak/calls.ts";
import { memorySlope, type Trace, takeTrace } from "./soak/trace.ts";

const clients = 4;
const traceEveryMs = 1_000;
/** Bytes a minute, of what is still needed and of all that the system has given: some hundred bytes a call that stay would be more. */
const allowedSlopes = { liveBytes: 2 ** 19, rssBytes: 4 * 2 ** 20 };

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: "string" }, kills: { type: "string" }, seed: { type: "string", default: "2026" } },
});
const minutes = Number(positionals[0] ?? 5);
const wantedCalls = Number(values.calls ?? Number.POSITIVE_INFINITY);
const wantedKills = Number(values.kills ?? Number.POSITIVE_INFINITY);
const random = createRandom(Number(values.seed));

const since = performance.now();
const before = takeTrace(since);
const { handle } = await readModule(fileURLToPath(new URL("../fixtures/cast", import.meta.url)));
const pool = await createPool(
  createModule(handle.manifest, () => handle),
  { workers: 2, device: "cpu", cancelGraceMs: 1000 },
);
const outcomes = new Map<string, number>();
const traces: Trace[] = [];
let calls = 0;
let ended = 0;
let kills = 0;

const isOver = () =>
  values.calls === undefined ? performance.now() - since > minutes * 60_000 : calls >= wantedCalls && kills >= wantedKills;

async function client(): Promise<void> {
  while (!isOver()) {
    calls += 1;
    const outcome = await callOnce(pool, random);
    ended += 1;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
}
async function killer(): Promise<void> {
  while (!isOver()) {
    // in a counted run, spread over the calls
    if (kills < wantedKills && (values.calls === undefined || kills / wantedKills <= calls / wantedCalls)) {
      const alive = pool.state().workers.flatMap(({ pid, state }) => (pid !== null && state !== "starting" ? [pid] : []));
      const pid = alive[random(alive.length)];
      if (pid !== undefined) {
        process.kill(pid, "SIGKILL");
        kills += 1;
      }
    }
    await delay(values.calls === undefined ? 100 + random(1500) : random(50));
  }
}
async function watcher(): Promise<void> {
  while (!isOver()) {
    traces.push(takeTrace(since));
    await delay(traceEveryMs);
  }
}
await Promise.all([...Array.from({ length: clients }, client), killer(), watcher()]);
const { workers, quarantined } = pool.state();
await pool.close();
const after = takeTrace(since);

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const slopes = { liveBytes: memorySlope(traces, "liveBytes"), rssBytes: memorySlope(traces, "rssBytes") };
const most = (key: keyof Trace) => Math.max(...traces.map((trace) => trace[key]));
console.log(`${calls} calls in ${Math.round(after.seconds)} s, ${ended} with one outcome, ${kills} kills from outside`);
for (const [outcome, count] of [...outcomes].sort()) console.log(`  ${outcome.padEnd(20)} ${count}`);
console.log(
  `workers: ${workers.map(({ calls: own, deaths }) => `${own} calls, ${deaths} deaths`).join("; ")}; ${quarantined} inputs refused`,
);
for (const [kind, slope] of Object.entries(slopes)) {
  console.log(`${kind}: at most ${mebibytes(most(kind as keyof typeof slopes))}, slope ${mebibytes(slope)} a minute`);
}
console.log(`descriptors: ${before.descriptors} before, at most ${most("descriptors")}, ${after.descriptors} after`);
console.log(
  `processes: at most ${most("processes")}, ${after.processes} after; zombies: at most ${most("zombies")}, ${after.zombies} after`,
);
console.log(`shared memory: at most ${most("slots")} slots, ${mebibytes(most("slotBytes"))}; ${after.slots} slots after`);

const problems = [
  ...(ended === calls ? [] : [`${calls - ended} calls had no outcome`]),
  ...(after.processes === 0 ? [] : [`${after.processes} processes are left`]),
  ...(after.slots === 0 ? [] : [`${after.slots} slots are left`]),
  ...(after.descriptors <= before.descriptors + 3 ? [] : [`${after.descriptors - before.descriptors} descriptors are left`]),
  ...Object.entries(slopes)
    .filter(([kind, slope]) => slope > allowedSlopes[kind as keyof typeof slopes])
    .map(([kind, slope]) => `${kind} grew by ${mebibytes(slope)} a minute`),
];
for (const problem of problems) console.error(`failed: ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;
