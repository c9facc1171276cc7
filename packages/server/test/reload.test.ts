import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RunResult, Worker } from "@parfocal/core";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { askDaemon, stopDaemon } from "../src/index.ts";
import { createPools } from "../src/pools/pools.ts";
import { createRequest } from "../src/pools/request.ts";
import {
  type ActsParams,
  connectActs,
  failure,
  holdWorker,
  isAlive,
  ramp,
  startTestDaemon,
  temporaryHome,
  until,
  writeActs,
} from "./support.ts";

const version = (worker: Worker<ActsParams>) => worker.run(ramp(), { act: "version" }).then(({ labels }) => labels.data[0]!);

describe("a module that changes while the daemon runs", () => {
  test("1,000 calls of two programs over ten edits: none is lost, each is answered by the code as it was when the call was made", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const workers = [await connectActs(module, started), await connectActs(module, started)];
    let current = 1;
    let calls = 0;
    const wrong: string[] = [];
    async function callOften(worker: Worker<ActsParams>): Promise<void> {
      for (let count = 0; count < 500; count += 1) {
        const before = current;
        const seen = await version(worker);
        if (seen < before || seen > current) wrong.push(`${seen}, neither ${before} nor ${current}`);
        calls += 1;
        if (calls % 100 === 0) {
          current += 1;
          module.edit((text) => text.replace(/^VERSION = \d+$/m, `VERSION = ${current}`));
        }
      }
    }
    await Promise.all(workers.map(callOften));
    expect(wrong).toEqual([]);
    expect(calls).toBe(1000);
    expect(await version(workers[0]!)).toBe(11);
    const { pools } = await askDaemon(started.daemon, "state", 5_000);
    expect(pools).toHaveLength(1);
    fault(
      "Daemon",
      "worker.py is edited ten times during 1,000 calls",
      "none lost, none answered by older code than the call met",
    );
  });

  test("a call in hand is finished by the old code; raw output of the old code is gone", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const [worker, other] = [await connectActs(module, started), await connectActs(module, started)];
    const old = await worker.run(ramp(), {}, { keepRaw: true });
    const held = await holdWorker(worker);
    const { pid } = worker;
    module.edit((text) => text.replace("VERSION = 1", "VERSION = 2"));
    expect(await version(other)).toBe(2);
    expect(isAlive(pid!)).toBe(true);
    expect(await held.end()).toMatchObject({ code: "CANCELLED" });
    await until("the old worker ends", () => !isAlive(pid!));
    expect(await failure(worker.refine(old, { add: 1 }), "RAW_EXPIRED")).toMatchObject({ hint: "run again with keepRaw: true" });
  });

  test("with a mistake: calls say so, and go on when it is mended", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    module.edit((text) => text.replace("VERSION = 1", "VERSION = (1"));
    const broken = await failure(version(worker), "WORKER_START_FAILED");
    expect(broken.message).toMatch(/^acts: .*SyntaxError/);
    module.edit((text) => text.replace("VERSION = (1", "VERSION = 3"));
    expect(await version(worker)).toBe(3);
    fault(
      "Daemon",
      "worker.py is saved with a syntax error",
      "WORKER_START_FAILED with Python's message; calls go on once it is mended",
    );
  });

  test("a new version of the package is named in the results that it gives", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const worker = await connectActs(module, started);
    const versionOf = ({ provenance }: RunResult) => provenance.version;
    expect(versionOf(await worker.run(ramp()))).toBe("1.2.3");
    const path = join(module.folder, "module.json");
    writeFileSync(path, readFileSync(path, "utf8").replace("1.2.3", "1.3.0"));
    expect(versionOf(await worker.run(ramp()))).toBe("1.3.0");
  });
});

describe("memory", () => {
  async function startPools(freeShare: () => number) {
    const said: string[] = [];
    const pools = createPools({ idleMs: 50, freeShare, say: (line) => said.push(line) });
    const settings = { home: temporaryHome() };
    const [one, two] = [await writeActs(), await writeActs()];
    const requestOf = ({ folder }: { readonly folder: string }) => createRequest(folder, { params: { start: "well" }, settings });
    return { pools, said, one: requestOf(one), two: requestOf(two) };
  }
  const pidsOf = (pools: ReturnType<typeof createPools>) =>
    pools.state().flatMap(({ workers }) => workers.map(({ pid }) => pid!));

  test("a model that nobody uses is freed after a time, one that is kept is not", async () => {
    const { pools, said, one, two } = await startPools(() => 1);
    await pools.keep(one);
    await pools.find(two);
    const [kept, freed] = pidsOf(pools);
    await until("the second is freed", () => {
      pools.free();
      return pools.state().length === 1;
    });
    await until("its process is gone", () => !isAlive(freed!));
    expect(isAlive(kept!)).toBe(true);
    expect(said.at(-1)).toBe("acts 1.2.3: closing its workers: nobody used them for a while");
    await pools.close(true);
    expect(isAlive(kept!)).toBe(false);
  });

  test("when it is short, the model that was idle longest goes, kept or not", async () => {
    let share = 1;
    const { pools, said, one, two } = await startPools(() => share);
    await pools.keep(one);
    await pools.find(two);
    const [first, second] = pidsOf(pools);
    share = 0.05;
    pools.free();
    await until("the first is freed", () => !isAlive(first!));
    expect(pidsOf(pools)).toEqual([second]);
    expect(said.at(-1)).toBe("acts 1.2.3: closing its workers: memory is short");
    await pools.close(true);
    fault("Daemon", "less than a tenth of the memory is free", "the model that was idle longest is freed");
  });
});

describe("the end of the daemon", () => {
  test("waits for the calls in hand, takes no new ones, and leaves nothing", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const [worker, late] = [await connectActs(module, started), await connectActs(module, started)];
    const held = await holdWorker(worker);
    const { pid } = worker;
    let stopped = false;
    const stopping = stopDaemon({ now: false, settings: started.settings }).then((done) => {
      stopped = done;
    });
    await until("it has begun", () => started.log().includes("stopping when the calls in hand are done"));
    await failure(late.run(ramp()), "DAEMON_UNREACHABLE");
    expect(stopped).toBe(false);
    expect(await held.end()).toMatchObject({ code: "CANCELLED" });
    await stopping;
    expect(stopped).toBe(true);
    expect([started.daemon.pid, pid!].map(isAlive)).toEqual([false, false]);
    expect(await stopDaemon({ now: false, settings: started.settings })).toBe(false);
  });

  test("at once fails the calls in hand", async () => {
    const [module, started] = [await writeActs(), await startTestDaemon()];
    const held = await holdWorker(await connectActs(module, started));
    expect(await stopDaemon({ now: true, settings: started.settings })).toBe(true);
    expect(await held.ended).toMatchObject({ code: "DAEMON_UNREACHABLE", message: "the daemon is stopping" });
    fault("Daemon", "the daemon is stopped at once during a call", "DAEMON_UNREACHABLE for the call; no process is left");
  });
});
