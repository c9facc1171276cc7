import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cli, jsonLines, temporaryFolder, workspace } from "./support/cli.ts";

describe("parfocal new and lock", () => {
  it("make a folder, leave the lock for later without the network, and say how to go on", async () => {
    const cwd = temporaryFolder();
    const variables = { PARFOCAL_OFFLINE: "1", PIP_FIND_LINKS: "", UV_FIND_LINKS: "" };
    const made = await cli(["new", "spots", "--python-only", "--folder", "my spots"], { cwd, variables });
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toContain("its packages are not locked yet: the packages of cpu cannot be locked");
    expect(made.stdout).toContain("downloads are off");
    expect(made.stdout).toMatch(/next\n {2}npx parfocal lock "\.[\\/]my spots"\n {2}npx parfocal test/);
    expect(readdirSync(join(cwd, "my spots")).sort()).toEqual(
      [".gitignore", "README.md", "module.json", "pyproject.toml", "sample", "typings", "worker.py"].sort(),
    );

    const run = await cli(["run", "./my spots", "my spots/sample/discs.npy"], { cwd });
    expect(run.stderr).toContain("run `parfocal lock`");
    const check = await cli(["lock", "my spots", "--check", "--json"], { cwd });
    expect(check.code).toBe(3);
    expect(jsonLines(check)[0]).toMatchObject({
      type: "result",
      inStep: false,
      problems: [expect.stringContaining("locks.json")],
    });
    const again = await cli(["new", "spots", "--folder", "my spots"], { cwd });
    expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining("is not empty") });
  });

  it("refuse what cannot be used before anything is written", async () => {
    const cwd = temporaryFolder();
    for (const [args, message] of [
      [["new"], "a new module needs a NAME"],
      [["new", "My Module"], "take for example my-module"],
      [["new", "spots", "--axis", "yx"], "did you mean --axes?"],
      [["new", "spots", "--axes", "yz"], '"yz" is no order of axes'],
      [["lock"], "there is nothing to lock"],
      [
        ["new", "threshold", "--folder", join(workspace, "packages/cli/mine")],
        "a module called threshold is installed here already",
      ],
    ] as const) {
      const ended = await cli([...args], { cwd });
      expect(ended.code).toBe(2);
      expect(ended.stderr).toContain(message);
    }
    expect(readdirSync(cwd)).toEqual([]);
  });

  it("name the field of a pyproject.toml that cannot be locked", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "pyproject.toml"), '[project]\nrequires-python = "==3.11.*"\ndependencies = ["x @ file:///x"]\n');
    const ended = await cli(["lock"], { cwd });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("error[MODULE_INVALID]");
    expect(ended.stderr).toContain("project.dependencies[0]");
    expect(existsSync(join(cwd, "locks"))).toBe(false);
  });
});
