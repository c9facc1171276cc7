import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { describe, expect, test } from "vitest";
import { listLogs } from "../../src/log/log-files.ts";
import { rotatedPath } from "../../src/log/worker-log.ts";
import { expectWorks, ramp, startActs, temporaryFolder } from "./support.ts";

describe("what a worker prints", () => {
  test("from Python, C and a child, on stdout, is in the log and never in the protocol", async () => {
    const { worker, home } = await startActs();
    const logPath = worker.logPath!;
    const { labels, warnings } = await worker.run(ramp(), { act: "noise" });
    expect([...labels.data]).toEqual([...ramp().data]);
    expect(warnings).toEqual([]);
    await worker.close();
    const log = readFileSync(logPath, "utf8");
    expect(log).toContain("loading: well\n");
    expect(log).toContain("end of Python's noise\n");
    expect(log).toContain("end of C's noise\n");
    expect(log).toContain("end of the child\n");
    expect(log.length).toBeGreaterThan(3 * 2 ** 20);
    expect(listLogs(home, "acts").map(({ path }) => path)).toEqual([logPath]);
    fault(
      "Calls and workers",
      "Python, C and a child print 1 MB each to stdout",
      "the call is answered; all of it is in the log",
    );
  });

  test("200 MB on stderr do not block it, fill the memory or the disk", async () => {
    const { worker } = await startActs();
    const logPath = worker.logPath!;
    const before = process.memoryUsage().rss;
    await worker.run(ramp(), { act: "flood" });
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
    await expectWorks(worker);
    await worker.close();
    expect(readFileSync(logPath, "utf8")).toContain("end of the flood");
    const onDisk = statSync(logPath).size + statSync(rotatedPath(logPath)).size;
    expect(onDisk).toBeLessThan(9 * 2 ** 20);
    fault(
      "Calls and workers",
      "the model writes 200 MB to stderr",
      "the call is answered; memory stays flat, the log keeps its end and less than 9 MiB",
    );
  });

  test("is kept for the last twenty workers", async () => {
    const home = temporaryFolder();
    const paths: string[] = [];
    for (let index = 0; index < 22; index += 1) {
      const { worker } = await startActs({ settings: { home } });
      paths.push(worker.logPath!);
      await worker.close();
    }
    const logs = listLogs(home, "acts");
    expect(logs.map(({ path }) => path)).toEqual(paths.slice(2).reverse());
    expect(logs[0]).toMatchObject({ pid: expect.any(Number), bytes: statSync(paths.at(-1)!).size });
    expect(existsSync(paths[0]!)).toBe(false);
    expect(listLogs(dirname(home), "acts")).toEqual([]);
  });
});
