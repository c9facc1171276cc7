import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, sep } from "node:path";
import { readNpy } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { cli, jsonLines, temporaryFolder, workspace } from "./support/cli.ts";
import { blobObjects, blobs } from "./support/images.ts";
import { workerWith, writeModule } from "./support/modules.ts";

const one = workerWith(
  'print("hello from Python")\nreturn {"labels": np.ones(image.shape, np.int32), "areas": np.ones(1, np.int32)}',
);

function install(project: string, packageName: string, module: string): string {
  const folder = join(project, "node_modules", packageName);
  mkdirSync(folder, { recursive: true });
  return writeModule(folder, module, one);
}

describe("where modules come from", () => {
  it("a folder that is given", async () => {
    const cwd = temporaryFolder();
    writeModule(join(cwd, "my module"), "mine", one);
    const ended = await cli(["run", "./my module", blobs, "-o", "out/"], { cwd });
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("1 object ") });
  });

  it("a folder that is given without a dot is offered with one", async () => {
    const cwd = temporaryFolder();
    writeModule(join(cwd, "mine"), "mine", one);
    const ended = await cli(["run", "mine", blobs], { cwd });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(`write .${sep}mine for the folder of this name`);
  });

  it("the project's node_modules, from the working folder upwards, before those of the command", async () => {
    const cwd = temporaryFolder();
    install(cwd, "@somebody/else", "threshold");
    mkdirSync(join(cwd, "deeper"));
    const ended = await cli(["run", "threshold", blobs, "-o", "out/"], { cwd: join(cwd, "deeper") });
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("1 object ") });
  });

  it("the command's own install, where the project has none", async () => {
    const names = jsonLines(await cli(["list", "--json"], { cwd: temporaryFolder() })).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(["stardist", "threshold"]));
  });

  it("two of one name in one place are an error that shows both", async () => {
    const cwd = temporaryFolder();
    const folders = [install(cwd, "cells-a", "cells"), install(cwd, "cells-b", "cells")];
    const ended = await cli(["run", "cells", blobs], { cwd });
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain("error[MODULE_AMBIGUOUS]");
    for (const folder of folders) expect(ended.stderr).toContain(folder);
    expect((await cli(["run", folders[0]!, blobs, "-o", "out/"], { cwd })).code).toBe(0);
  });
});

describe("parfocal list, info, env, logs, doctor", () => {
  it("list says which environments are ready and how large they are", async () => {
    await cli(["env", "install", "threshold"]);
    const ended = await cli(["list"]);
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^MODULE +VERSION +KIND +ENVIRONMENT +DESCRIPTION$/m);
    expect(ended.stdout).toMatch(/^threshold +\d+\.\d+\.\d+ +segmenter +ready, \d+ MB +Otsu/m);
  });

  it("info shows parameters with flags, inputs, outputs, environment and sample", async () => {
    const { stdout } = await cli(["info", "threshold"]);
    for (const text of ["--min-size NUMBER", "yx, zyx", "labels", "ready", "16 drawn discs", "parfocal demo threshold"]) {
      expect(stdout).toContain(text);
    }
    const [json] = jsonLines(await cli(["info", "threshold", "--json"]));
    expect(json).toMatchObject({
      name: "threshold",
      environment: { state: "ready", accelerator: "cpu", bytes: expect.any(Number) },
    });
    expect((json!.params as { flag: string }[]).map(({ flag }) => flag)).toContain("min-size");
  });

  it("run MODULE --help lists the module's parameters", async () => {
    const ended = await cli(["run", "threshold", "--help"]);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toContain("--min-size NUMBER");
    expect(ended.stdout).toContain("Default 20 pixels.");
    expect(ended.stdout).toContain("--fill-holes, --no-fill-holes");
  });

  it("env path prints the folder, and a command that works without Node", async () => {
    const folder = temporaryFolder();
    const [json] = jsonLines(await cli(["env", "path", "threshold", "--json"]));
    expect((await cli(["env", "path", "threshold"])).stdout.trim()).toBe(json?.folder);
    const { stdout } = await cli(["env", "path", "threshold", "--command"]);
    const output = join(folder, "labels.npy");
    execFileSync("sh", ["-c", `${stdout.trim()} --input "$1" --output "$2"`, "sh", blobs, output]);
    expect(Math.max(...((await readNpy(output)).data as Int32Array))).toBe(blobObjects);
  });

  it("env remove and gc look after one home", async () => {
    const home = join(temporaryFolder(), "home");
    const variables = { PARFOCAL_HOME: home };
    const installed = await cli(["env", "install", "threshold"], { variables });
    expect(installed.code, installed.stderr).toBe(0);
    expect(installed.stderr).toMatch(
      /first run: setting up its Python environment \(once\)\n {2}where {3}.*\n.* free\n {2}1\/5 uv /,
    );
    expect(installed.stderr).toMatch(/ {2}5\/5 check .*\nready in /);
    const [listed] = jsonLines(await cli(["env", "list", "--json"], { variables }));
    expect(listed).toMatchObject({ module: "threshold", ready: true, usedBy: [] });
    expect(listed!.ownBytes).toBeLessThan(listed!.bytes as number); // the rest is shared with uv's cache
    const [repaired] = jsonLines(await cli(["env", "install", "threshold", "--repair", "--json"], { variables }));
    expect(repaired).toMatchObject({ key: listed!.key, damaged: [] });
    expect((await cli(["env", "gc"], { variables })).stderr).toBe("nothing to remove\n");
    const removed = await cli(["env", "remove", "threshold"], { variables });
    expect(removed.stdout).toMatch(/^removed [0-9a-f]{12} {2}threshold {2}\d+ MB\n$/);
    expect(jsonLines(await cli(["env", "list", "--json"], { variables }))).toEqual([]);
    const again = await cli(["env", "remove", "threshold"], { variables });
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('there is no environment of "threshold"');
  });

  it("logs shows what the worker printed", async () => {
    const cwd = temporaryFolder();
    const module = writeModule(join(cwd, "module"), "talks", one);
    expect((await cli(["logs", module], { cwd, variables: { PARFOCAL_HOME: join(cwd, "home") } })).stderr).toContain(
      "talks has no logs yet",
    );
    expect((await cli(["run", module, blobs, "-o", "out/"], { cwd })).code).toBe(0);
    const ended = await cli(["logs", module], { cwd });
    expect(ended.stdout).toContain("hello from Python");
    expect((await cli(["logs", module, "--lines", "1"], { cwd })).stdout.trim().split("\n")).toHaveLength(1);
    expect((await cli(["logs", module, "--list"], { cwd })).stdout.split("\n")[0]).toBe(ended.stderr.trim());
  });

  it("doctor finds this machine in order, and says what to do where it is not", async () => {
    const variables = { PARFOCAL_OFFLINE: "1" };
    const [report] = jsonLines(await cli(["doctor", "--json"], { variables }));
    const checks = report?.checks as { group: string; name: string; status: string; remedy?: string }[];
    expect([...new Set(checks.map(({ group }) => group))]).toEqual(["system", "tools", "network", "modules"]);
    expect(checks.filter(({ group }) => group === "modules").map(({ name }) => name.split(" ")[0])).toEqual(
      expect.arrayContaining(["stardist", "threshold"]),
    );
    const broken = await cli(["doctor"], { variables: { ...variables, PARFOCAL_UV: join(workspace, "no uv") } });
    expect(broken.code).toBe(1);
    expect(broken.stdout).toMatch(/error +uv .*\n.*do: correct PARFOCAL_UV/);
  });
});

it("a project without modules is told how to get one", async () => {
  const ended = await cli(["run", "nucleus", blobs], { cwd: temporaryFolder() });
  expect(ended.code).toBe(2);
  expect(ended.stderr).toContain("no module is called nucleus; installed are ");
  expect(ended.stderr).toContain("npm install @parfocal/nucleus");
});
