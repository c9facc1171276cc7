import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { describeShared } from "@parfocal/fixtures";
import { fault } from "@parfocal/vitest-config/fault";
import { afterAll, beforeAll, expect, it } from "vitest";
import { reader } from "../src/index.ts";

describeShared("real files that are cut off or overwritten", (data) => {
  let folder: string;
  let worker: Awaited<ReturnType<typeof reader.start>>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "parfocal damaged "));
    worker = await reader.start({ device: "cpu" });
  });
  afterAll(async () => {
    await worker.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(["time-positions-channels.nd2", "time-channels.czi"])("%s: refused by name, and the worker goes on", async (name) => {
    const { pid } = worker;
    const whole = await readFile(join(data, "microscope-formats", name));
    const path = join(folder, `damaged${extname(name)}`);
    const zeroed = Buffer.from(whole);
    zeroed.fill(0, 0, 64);
    const cuts = [10, 600, 5000, Math.floor(whole.length / 2), whole.length - 50].map((length) => whole.subarray(0, length));
    for (const content of [...cuts, zeroed]) {
      await writeFile(path, content);
      await expect(worker.open(path)).rejects.toMatchObject({
        code: "INPUT_UNREADABLE",
        message: expect.stringContaining(`${path} cannot be read`),
        hint: "open it in the program that wrote it, and save it again",
      });
    }
    await writeFile(path, whole);
    const file = await worker.open(path);
    expect((await file.read({ t: 1, c: 1 })).shape).toEqual([256, 256]);
    expect(worker.pid).toBe(pid);
    fault(
      "Files",
      `an ${extname(name).slice(1).toUpperCase()} is cut off or overwritten`,
      "INPUT_UNREADABLE with its name; the worker goes on",
    );
  });
});
