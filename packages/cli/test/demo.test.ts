import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cli, jsonLines, temporaryFolder, workspace } from "./support/cli.ts";
import { blobObjects, blobs } from "./support/images.ts";

describe("parfocal demo", () => {
  it("segments StarDist's sample and agrees with what people drew", async () => {
    const cwd = temporaryFolder();
    const ended = await cli(["demo", "stardist", "--out", "shown", "--json"], { cwd });
    expect(ended.code, ended.stderr).toBe(0);
    const [result] = jsonLines(ended);
    expect(result).toMatchObject({ type: "result", module: "stardist", shape: [512, 512], device: { used: "cpu" } });
    const score = result?.score as { f1: number; truePositives: number; falsePositives: number };
    expect(score.f1).toBeGreaterThan(0.8);
    expect(score.truePositives + score.falsePositives).toBe(result?.objects);
    expect(readdirSync(join(cwd, "shown")).sort()).toEqual(["img2d.run.json", "img2d_labels.tif", "img2d_overlay.png"]);
  });

  it("tells people what it found, how well, how fast and where it is", async () => {
    const cwd = temporaryFolder();
    const ended = await cli(["demo", "threshold"], { cwd });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(
      /^ {2}found +16 objects, median \d+\.\d px\n {2}score +F1 1\.000 at IoU 0\.5: 16 of the 16 objects/,
    );
    expect(ended.stdout).toMatch(
      /\n {2}time +\d.* \(starting Python .*, model .*, transfer .*\) on cpu\n {2}labels +parfocal-demo\/blobs_labels\.tif\n/,
    );
    expect(ended.stdout).toContain("Now with your own image:  parfocal run threshold IMAGE.tif");
  });
});

describe.skipIf(process.platform === "win32")("on a terminal", () => {
  const bin = fileURLToPath(new URL("../bin/parfocal.js", import.meta.url));
  const inTerminal = `import os, pty, sys
status = pty.spawn(sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(status))`;

  function onTerminal(python: string, variables: Record<string, string>, ...args: string[]): string {
    const env = { ...process.env, CI: "", NO_COLOR: "", TERM: "xterm", ...variables };
    return execFileSync(python, ["-c", inTerminal, process.execPath, bin, ...args], {
      env,
      cwd: workspace,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  it("shows bars and colours, and cleans up after itself; not so with CI and NO_COLOR", async () => {
    const [environment] = jsonLines(await cli(["env", "path", "threshold", "--json"]));
    const python = String(environment?.python);
    const out = temporaryFolder();
    const args = ["run", "threshold", blobs, "-o", join(out, "out")] as const;
    const live = onTerminal(python, {}, ...args);
    expect(live).toContain("blobs.npy  waiting for threshold\r\u001b[2K");
    expect(live).toContain(`blobs.npy  ${blobObjects} objects`);
    expect(onTerminal(python, {}, "--help")).toContain("\u001b[1mUsage");
    const plain = onTerminal(python, { CI: "1", NO_COLOR: "1" }, ...args);
    expect(plain).not.toContain("\u001b");
    expect(plain).toContain(`blobs.npy  ${blobObjects} objects`);
    expect(onTerminal(python, { NO_COLOR: "1" }, "--help")).not.toContain("\u001b");
  });
});
