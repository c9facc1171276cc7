import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connectWorker, readModule } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { askDaemon } from "../src/index.ts";
import {
  connectActs,
  failure,
  holdWorker,
  isAlive,
  ramp,
  startProgram,
  startTestDaemon,
  temporaryHome,
  thresholdFolder,
  until,
  writeActs,
} from "./support.ts";

const state = ({ daemon }: Awaited<ReturnType<typeof startTestDaemon>>) => askDaemon(daemon, "state", 5_000);

describe("a worker of the daemon", () => {
  test("gives what one of this process gives, on a real image, and says the same of it", async () => {
    const started = await startTestDaemon();
    const module = await readModule(thresholdFolder);
    const image = {
      data: Uint16Array.from({ length: 128 * 160 }, (_, i) => (i % 160) ** 2),
      shape: [128, 160],
      dtype: "uint16" as const,
      axes: "yx",
    };
    await using remote = await connectWorker(module, { device: "cpu", settings: started.settings });
    await using local = await module.start({ device: "cpu" });
    const [there, here] = [
      await remote.run(image, { minSize: 5 }, { hashInput: true }),
      await local.run(image, { minSize: 5 }, { hashInput: true }),
    ];
    expect(there.labels).toEqual(here.labels);
    expect(there.provenance).toEqual(here.provenance);
    expect(there.device).toEqual(here.device);
    expect(there.warnings).toEqual([]);
    const { queueMs, transferMs, loadMs, computeMs, totalMs } = there.timing;
    expect(queueMs + transferMs + loadMs + computeMs).toBeLessThanOrEqual(totalMs + 0.01);
  });

  test("is warm for the second program, and stays so when the first ends", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const first = startProgram(module.folder, started.home, "");
    const { pid } = await first.next();
    const events: string[] = [];
    await until("the first program ends", () => first.child.exitCode !== null);
    const worker = await connectActs(module, started, { onEvent: ({ type }) => events.push(type) });
    expect(worker.pid).toBe(pid);
    expect([...(await worker.run(ramp(), { add: 2 })).labels.data]).toEqual([...ramp().data].map((value) => value + 2));
    expect(events).toEqual([]);
  });

  test("tells of its start, and refines, leases and maps as any other", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const events: string[] = [];
    const worker = await connectActs(module, started, { onEvent: ({ type }) => events.push(type) });
    expect(events).toEqual(["worker-start", "worker-ready"]);
    const first = await worker.run(ramp(), {}, { keepRaw: true });
    expect([...(await worker.refine(first, { add: 5 })).labels.data]).toEqual([...ramp().data].map((value) => value + 5));
    const leased = await worker.run(ramp(), { add: 1 }, { lease: true });
    const other = await worker.run(ramp(), { add: 9 });
    expect([leased.labels.data[0], other.labels.data[0]]).toEqual([1, 9]);
    leased.release();
    const items = worker.map(
      [1, 2, 3].map((height) => ramp(height)),
      { add: 1 },
    );
    const shapes: (readonly number[])[] = [];
    for await (const { result } of items) shapes.push(result!.labels.shape);
    expect(shapes).toEqual([
      [1, 4],
      [2, 4],
      [3, 4],
    ]);
  });

  test("takes several images in one go", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    const results = await worker.runMany([ramp(), ramp(2), ramp(5)], { add: 1 });
    expect(results.map(({ labels }) => labels.shape)).toEqual([
      [3, 4],
      [2, 4],
      [5, 4],
    ]);
    expect(results.map(({ labels }) => labels.data.at(-1))).toEqual([12, 8, 20]);
    expect(results.map(({ provenance }) => provenance.worker.together)).toEqual([3, 3, 3]);
    expect((await worker.run(ramp())).labels.data[1]).toBe(1);
  });

  test("passes errors on in the words, with the details and the log, that a worker of this process has", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    const raised = await failure(worker.run(ramp(), { act: "raise" }), "MODEL_ERROR");
    expect(raised.message).toBe("acts: RuntimeError: no luck");
    expect(raised.details.pythonTraceback).toContain("in predict");
    expect(raised.details.logPath).toBe(worker.logPath);
    expect(await failure(worker.run(ramp(), { act: "refuse" }), "INPUT_REJECTED")).toMatchObject({ hint: "use more light" });
    const died = await failure(worker.run(ramp(), { act: "exit" }), "WORKER_CRASHED");
    expect(died.message).toMatch(/^acts: the worker exited with code 3 during the call/);
    expect((await worker.run(ramp(), { add: 1 })).labels.data[0]).toBe(1);
    const late = await failure(worker.run(ramp(), { act: "wait" }, { timeoutMs: 100 }), "WORKER_TIMEOUT");
    expect(late.message).toBe("acts: the call took longer than 100 ms; it stopped when asked, and the worker stays up");
    const failedStart = await failure(connectActs(module, started, { params: { start: "exit" } }), "WORKER_START_FAILED");
    expect(failedStart.message).toBe("acts: the worker exited with code 7 before it was ready; it last said: giving up");
    fault(
      "Daemon",
      "a worker of the daemon dies during a call",
      "WORKER_CRASHED for that call; the next is answered by a new one",
    );
  });

  test("stops a call when asked, by force when need be, and takes the next", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    const { pid } = worker;
    expect(await (await holdWorker(worker)).end()).toMatchObject({ code: "CANCELLED" });
    expect((await worker.run(ramp())).labels.data[1]).toBe(1);
    expect(worker.pid).toBe(pid);
    expect(await (await holdWorker(worker, "hang")).end()).toMatchObject({ code: "CANCELLED" });
    expect((await worker.run(ramp())).labels.data[1]).toBe(1);
    expect(worker.pid).not.toBe(pid);
    expect(isAlive(pid!)).toBe(false);
    fault(
      "Daemon",
      "a call at the daemon is cancelled while native code holds Python",
      "CANCELLED; the worker is ended and replaced",
    );
  });

  test("refuses an image that ended two workers, whoever sends it", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const [one, two] = [await connectActs(module, started), await connectActs(module, started)];
    await failure(one.run(ramp(), { act: "exit" }), "WORKER_CRASHED");
    await failure(two.run(ramp(), { act: "exit" }), "WORKER_CRASHED");
    const refused = await failure(one.run(ramp(), { act: "exit" }), "INPUT_QUARANTINED");
    expect(refused.message).toBe("acts: an image of 3 x 4 (yx, uint16) ended 2 workers with these parameters");
    expect((await two.run(ramp(4, 4))).labels.shape).toEqual([4, 4]);
    fault(
      "Daemon",
      "two programs send an image that ends workers",
      "INPUT_QUARANTINED from the third time on; other images go on",
    );
  });

  test("a hundred clients at one worker: those that the queue holds are answered, the others told BUSY", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const workers = await Promise.all(Array.from({ length: 101 }, () => connectActs(module, started)));
    const held = await holdWorker(workers[0]!);
    const calls = workers.slice(1).map((worker, add) => worker.run(ramp(), { add }).then(({ labels }) => labels.data[0] === add));
    const settled = Promise.allSettled(calls);
    await until("calls wait", async () => (await state(started)).pools[0]!.waiting === 64);
    await held.end();
    const outcomes = (await settled).map((outcome) =>
      outcome.status === "fulfilled" ? outcome.value : (outcome.reason as { code: string }).code,
    );
    expect(outcomes.filter((outcome) => outcome === true)).toHaveLength(64);
    expect(outcomes.filter((outcome) => outcome === "BUSY")).toHaveLength(36);
    fault("Daemon", "100 clients call one worker at once", "64 wait and are answered rightly, 36 get BUSY");
  });
});

describe("a program that dies", () => {
  test("during its call: the worker is free again for the others", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const program = startProgram(module.folder, started.home, "wait");
    const { pid } = await program.next();
    expect(await program.next()).toEqual({ waiting: true });
    const worker = await connectActs(module, started);
    const waits = worker.run(ramp(), { add: 3 });
    program.child.kill("SIGKILL");
    expect((await waits).labels.data[0]).toBe(3);
    expect(worker.pid).toBe(pid);
    fault("Daemon", "a program is killed during its call", "the call is cancelled, the next in line gets the same worker");
  });

  test("with results that it has not given back: their memory is used again, and its images are removed", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const program = startProgram(module.folder, started.home, "lease");
    await program.next();
    await program.next();
    const worker = await connectActs(module, started);
    await worker.run(ramp());
    const slots = slotsOf(started.daemon.pid);
    const { pid } = program.child;
    program.child.kill("SIGKILL");
    await until("the daemon takes note", () => started.log().includes(`process ${pid} ended without giving back 3 results`));
    expect(arenasOf(pid!)).toEqual([]);
    for (const add of [1, 2, 3]) {
      const held = await worker.run(ramp(), { add }, { lease: true });
      expect(held.labels.data[0]).toBe(add);
    }
    expect(slotsOf(started.daemon.pid)).toEqual(slots);
    fault("Daemon", "a program is killed while it holds results", "their memory is used for later results; its arena is removed");
  });

  test("not: results stay as they are when it only closes its worker", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const program = startProgram(module.folder, started.home, "lease and close");
    await program.next();
    const { labels } = await program.next();
    expect(await program.next()).toEqual({ closed: true });
    const worker = await connectActs(module, started);
    for (const add of [100, 200, 300, 400]) await worker.run(ramp(), { add });
    expect((await state(started)).orphans).toBe(3);
    program.child.stdin!.write("go on\n");
    expect(await program.next()).toEqual({ labels });
    await until("they are reclaimed", async () => (await state(started)).orphans === 0);
  });
});

describe("the daemon's process", () => {
  test("is killed during a call: the caller hears of it, nothing is left, and the next daemon serves the same worker object", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    const held = await holdWorker(worker);
    const { pid } = worker;
    process.kill(started.daemon.pid, "SIGKILL");
    expect(await held.ended).toMatchObject({ code: "DAEMON_UNREACHABLE", message: "acts: the daemon went away during the call" });
    await until("its worker is gone", () => !isAlive(pid!));
    expect(await failure(worker.run(ramp()), "DAEMON_UNREACHABLE")).toMatchObject({
      message: "acts: no daemon runs",
      hint: "start it with `parfocal daemon start`",
    });
    const next = await startTestDaemon({ home: started.home });
    expect(next.daemon.pid).not.toBe(started.daemon.pid);
    expect(arenasOf(started.daemon.pid)).toEqual([]);
    expect((await worker.run(ramp(), { add: 4 })).labels.data[0]).toBe(4);
    fault(
      "Daemon",
      "the daemon is killed during a call",
      "DAEMON_UNREACHABLE; its workers end; the next daemon takes its socket, sweeps its memory and serves on",
    );
  });

  test("lets a pool whose workers die again and again rest until a client comes new", { timeout: 60_000 }, async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    for (let death = 1; death <= 5; death += 1) {
      const error = await failure(worker.run(ramp(death, 2), { act: "exit" }), "WORKER_CRASHED"); // each another input
      expect(error.details).toMatchObject({ exitCode: 3 });
    }
    const error = await failure(worker.run(ramp()), "WORKER_START_FAILED");
    expect(error.message).toMatch(/^acts: the worker ended 5 times in a row/);
    expect((await state(started)).pools[0]!.workers).toMatchObject([{ state: "broken", pid: null }]);
    const fresh = await connectActs(module, started);
    expect((await fresh.run(ramp(), { add: 5 })).labels.data[0]).toBe(5);
    expect((await worker.run(ramp(), { add: 6 })).labels.data[0]).toBe(6);
    fault("Daemon", "the workers of a module die again and again", "calls get WORKER_START_FAILED until a client connects anew");
  });

  test("is there once: a second start finds the first, a second process refuses", async () => {
    const started = await startTestDaemon();
    const again = await startTestDaemon({ home: started.home });
    expect(again.daemon).toEqual(started.daemon);
    const bin = fileURLToPath(new URL("../bin/parfocal-daemon.js", import.meta.url));
    const run = () =>
      execFileSync(process.execPath, [bin], { env: { ...process.env, PARFOCAL_HOME: started.home }, encoding: "utf8" });
    expect(run).toThrow(expect.objectContaining({ status: 1, stdout: expect.stringContaining('"code":"DAEMON_RUNS"') }));
    expect((await state(started)).pid).toBe(started.daemon.pid);
    fault("Daemon", "two daemons of one user", "the second refuses with DAEMON_RUNS; clients keep the first");
  });

  test("without one, programs say so; connecting starts none", async () => {
    const module = await writeActs();
    await failure(connectWorker(module, { settings: { home: temporaryHome() } }), "DAEMON_UNREACHABLE");
  });
});

/** Names of what lies in the arenas of a process, without those of images. */
function slotsOf(pid: number): string[] {
  return arenasOf(pid)
    .flatMap((arena) => readdirSync(`/dev/shm/${arena}`))
    .sort();
}

function arenasOf(pid: number): string[] {
  return readdirSync("/dev/shm").filter((name) => name.startsWith(`parfocal-${process.getuid!()}-${pid}-`));
}
