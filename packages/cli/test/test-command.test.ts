import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, jsonLines, temporaryFolder } from "./support/cli.ts";
import { workerWith, writeModule } from "./support/modules.ts";

describe("parfocal test", () => {
  it("says of each check what was found, and ends with a verdict", async () => {
    const ended = await cli(["test", "threshold", "--device", "cpu"]);
    expect(ended.code, ended.stderr).toBe(0);
    const lines = ended.stdout.split("\n");
    expect(lines[0]).toMatch(/^parfocal test threshold \d+\.\d+\.\d+$/);
    const checks = lines.filter((line) => /^(PASS|FAIL|SKIP) {2}/.test(line)).map((line) => line.split(/ {2,}/));
    expect(checks.map(([status, name]) => `${status} ${name}`)).toEqual([
      "PASS environment",
      "PASS worker",
      "PASS run",
      "SKIP GPU",
      "PASS labels",
      "PASS score",
      "PASS repeat",
      "PASS refine",
      "PASS cancel",
    ]);
    expect(checks[0]![2]).toMatch(/^cpu, Python 3\.11\.\d+, \d+ MB, (ready before|built in .*), lock [0-9a-f]{12}$/);
    expect(checks[2]![2]).toBe("sample 128 x 128 uint16 (yx) in, 128 x 128 int32 (yx) out, 16 objects");
    expect(checks[5]![2]).toBe("F1 1.000 at IoU 0.5, at least 0.95 is stated");
    expect(ended.stdout).toMatch(/start .* first run .* warm run/);
    expect(lines.at(-2)).toBe("PASS: threshold works on this machine (8 passed, 1 skipped)");
    expect(ended.stdout).not.toContain("\u001b");
  });

  it("gives programs the same as one object", async () => {
    const ended = await cli(["test", "threshold", "--device", "cpu", "--min-size", "20", "--json"]);
    const [report] = jsonLines(ended);
    expect(report).toMatchObject({ type: "result", module: "threshold", passed: true, machine: { node: process.versions.node } });
    expect(report).toMatchObject({ timings: { startMs: expect.any(Number), warmRunMs: expect.any(Number) } });
  });

  it("fails with the reason where a model gives other labels each time", async () => {
    const cwd = temporaryFolder();
    const folder = writeModule(
      join(cwd, "moody"),
      "moody",
      workerWith(
        "self.calls = getattr(self, 'calls', 0) + 1\nlabels = np.ones(image.shape, np.int32)\nlabels[0, : self.calls] = 2\n" +
          'return {"labels": labels, "areas": np.ones(1, np.int32)}',
      ),
    );
    const ended = await cli(["test", folder, "--device", "cpu"], { cwd });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^FAIL {2}repeat {8}two runs gave different labels$/m);
    expect(ended.stdout).toMatch(/^FAIL: .*repeat.* \(\d+ passed, \d+ failed, \d+ skipped\)$/m);
  });

  it("does not try what cannot work after a model that does not load, and names the next step", async () => {
    const cwd = temporaryFolder();
    const folder = writeModule(join(cwd, "broken"), "broken", "raise RuntimeError('no such file: weights')\n");
    const ended = await cli(["test", folder, "--device", "cpu"], { cwd });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toMatch(/^FAIL {2}worker {8}WORKER_START_FAILED: .*no such file: weights.*; ./m);
    expect(ended.stdout).toMatch(/^SKIP {2}run {11}not tried, since something before it failed$/m);
  });

  it("refuses wrong parameters and surplus arguments before anything starts", async () => {
    const wrong = await cli(["test", "threshold", "--min-size", "-1"]);
    expect(wrong).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("error[PARAMS_INVALID]") });
    const surplus = await cli(["test", "threshold", "image.tif"]);
    expect(surplus.stderr).toContain('`parfocal test` takes one module, and there is "image.tif" too');
    const nothing = await cli(["test"]);
    expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining("`parfocal test` needs MODULE") });
  });
});
