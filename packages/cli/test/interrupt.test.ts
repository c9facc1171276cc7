import { readdirSync } from "node:fs";
import { join } from "node:path";
import { createNdArray, writeNpy } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { jsonLines, startCli, temporaryFolder } from "./support/cli.ts";
import { workerWith, writeModule } from "./support/modules.ts";

const body = `
if image.shape[0] == 2:
    return {"labels": np.ones(image.shape, np.int32), "areas": np.ones(1, np.int32)}
context.progress(1, 2, "half way")
while True:
    context.check_cancelled()
    time.sleep(0.01)
`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(process.platform === "win32")("Ctrl-C", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "by %s keeps what is finished, leaves nothing half-written and no process",
    async (signal) => {
      const cwd = temporaryFolder();
      const module = writeModule(join(cwd, "module"), "waits", workerWith(body));
      await writeNpy(join(cwd, "quick.npy"), createNdArray("uint8", [2, 5]));
      await writeNpy(join(cwd, "slow.npy"), createNdArray("uint8", [3, 5]));
      const started = startCli(["run", module, "quick.npy", "slow.npy", "--json", "--verbose"], { cwd });
      const firstResult = new Promise((resolve) => started.child.stdout.once("data", resolve));
      await firstResult;
      started.child.kill(signal);
      const ended = await started.ended;
      expect(ended.code, ended.stderr).toBe(130);
      expect(ended.stderr).toContain("error[CANCELLED] interrupted");
      expect(jsonLines(ended).map(({ type, code }) => code ?? type)).toEqual(["result", "CANCELLED"]);
      expect(readdirSync(join(cwd, "parfocal-output")).sort()).toEqual([
        "quick.run.json",
        "quick_labels.tif",
        "quick_overlay.png",
      ]);
      const pid = Number(/worker (\d+) started/.exec(ended.stderr)?.[1]);
      expect(pid).toBeGreaterThan(1);
      expect(isAlive(pid)).toBe(false);
    },
  );

  it("while the model loads", async () => {
    const cwd = temporaryFolder();
    const module = writeModule(join(cwd, "module"), "loads", workerWith("pass", "time.sleep(600)"));
    await writeNpy(join(cwd, "a.npy"), createNdArray("uint8", [2, 5]));
    const started = startCli(["run", module, "a.npy", "--verbose"], { cwd });
    await started.saw("started");
    started.child.kill("SIGINT");
    const ended = await started.ended;
    expect(ended.code, ended.stderr).toBe(130);
    const pid = Number(/worker (\d+) started/.exec(ended.stderr)?.[1]);
    expect(isAlive(pid)).toBe(false);
  });

  it("while an environment is built leaves it to be built again", async () => {
    const cwd = temporaryFolder();
    const home = join(cwd, "home");
    const variables = { PARFOCAL_HOME: home };
    await writeNpy(join(cwd, "a.npy"), createNdArray("uint8", [2, 5]));
    const started = startCli(["run", "threshold", join(cwd, "a.npy"), "-o", join(cwd, "out")], { variables });
    await started.saw("1/5 uv");
    started.child.kill("SIGINT");
    const ended = await started.ended;
    expect(ended.code, ended.stderr).toBe(130);
    expect(ended.stderr).toContain("where   ");
    expect(readdirSync(cwd)).not.toContain("out");
    const list = startCli(["env", "list", "--json"], { variables });
    expect(jsonLines(await list.ended)).toEqual([]);
  });
});
