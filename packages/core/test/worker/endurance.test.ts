import { readdirSync, readFileSync } from "node:fs";
import { fault } from "@parfocal/vitest-config/fault";
import { expect, test } from "vitest";
import { isParfocalError } from "../../src/errors/parfocal-error.ts";
import { acquireArena } from "../../src/worker/shared-arena.ts";
import { afterTest, expectWorks, ramp, startActs, until } from "./support.ts";

const calls = 1000;

/** Children of this process, zombies included. */
function children(): string[] {
  return readdirSync("/proc/self/task").flatMap((task) =>
    readFileSync(`/proc/self/task/${task}/children`, "utf8")
      .trim()
      .split(" ")
      .filter((pid) => pid !== ""),
  );
}

test.skipIf(process.platform !== "linux")("1000 calls with random cancels and kills leave nothing behind", async () => {
  const { worker } = await startActs({ cancelGraceMs: 2000 });
  const { arena, release } = acquireArena();
  afterTest(release);
  let seed = 2026;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const count = () => ({
    descriptors: readdirSync("/proc/self/fd").length,
    children: children().length,
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    slots: readdirSync(arena.folder).length,
  });
  await expectWorks(worker);
  const before = count();
  const outcomes = new Map<string, number>();
  const signals = new AbortController();

  async function one(index: number): Promise<void> {
    const stop = new AbortController();
    const kind = random(100);
    const act = kind < 8 ? "wait_for_cancel" : index % 90 === 89 ? "sigkill" : "echo";
    const onProgress = () => stop.abort();
    const signal = AbortSignal.any([stop.signal, signals.signal]);
    const call = worker.run(
      ramp(1 + random(40), 1 + random(40)),
      { act, add: index },
      { signal, onProgress, keepRaw: kind > 95 },
    );
    if (kind >= 8 && kind < 16) setImmediate(() => stop.abort());
    const outcome = await call.then(
      ({ labels }) => {
        expect(labels.data[0]).toBe(index);
        return "done";
      },
      (error: unknown) => (isParfocalError(error) ? error.code : String(error)),
    );
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  for (let index = 0; index < calls; index += 4) await Promise.all([0, 1, 2, 3].map((offset) => one(index + offset)));

  expect([...outcomes.keys()].sort()).toEqual(["CANCELLED", "WORKER_CRASHED", "done"]);
  expect([...outcomes.values()].reduce((sum, value) => sum + value, 0)).toBe(calls);
  expect(outcomes.get("WORKER_CRASHED")).toBeGreaterThan(5);
  expect(outcomes.get("CANCELLED")).toBeGreaterThan(80);
  await expectWorks(worker);
  const kept = Math.ceil(calls * 0.05) * 2;
  await until("descriptors, children and listeners are as before", () => {
    const now = count();
    return now.descriptors <= before.descriptors + 2 && now.children === before.children && now.listeners === before.listeners;
  });
  expect(count().slots).toBeLessThan(before.slots + kept + 10);
  await worker.close();
  expect(readdirSync(arena.folder)).toEqual([]);
  expect(children().length).toBe(before.children - 1);
  fault(
    "Calls and workers",
    "1,000 calls with random cancels and kills",
    `${[...outcomes.keys()].sort().join(", ")}: one outcome each; no descriptor, process, listener or slot is left`,
  );
});
