import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fault } from "@parfocal/vitest-config/fault";
import { execa } from "execa";
import { describe, expect, onTestFinished, test } from "vitest";
import { ensureEnvironment, findEnvironment } from "../../src/environment/ensure-environment.ts";
import { gcEnvironments, listEnvironments, removeEnvironment } from "../../src/environment/inspect.ts";
import { markInUse } from "../../src/environment/mark-in-use.ts";
import { repairEnvironment } from "../../src/environment/repair-environment.ts";
import { verifyEnvironment } from "../../src/environment/verify-environment.ts";
import { lockOf, writeToyModule } from "../fixtures/uv/toy-module.ts";
import { createWorkplace } from "../fixtures/uv/workplace.ts";

describe("a damaged environment is built anew", () => {
  test.each([
    ["its interpreter is gone", "its interpreter is gone", (folder: string) => rmSync(join(folder, "bin", "python"))],
    ["its packages are gone", "its packages are gone", (folder: string) => rmSync(join(folder, "lib"), { recursive: true })],
    [
      "its stamp is half written",
      "its stamp is missing, damaged or of another version",
      (folder: string) => writeFileSync(join(folder, "ready.json"), '{"stampVersion": 1, "ke'),
    ],
    [
      "its stamp is of a newer version",
      "its stamp is missing, damaged or of another version",
      (folder: string) => {
        const path = join(folder, "ready.json");
        writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), stampVersion: 2 }));
      },
    ],
    [
      "it was copied from another",
      "its stamp is missing, damaged or of another version",
      (folder: string) => {
        const path = join(folder, "ready.json");
        writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), key: "0123456789ab" }));
      },
    ],
  ])("when %s", async (_, problem, damage) => {
    const { handle, settings } = await createWorkplace();
    const before = await ensureEnvironment(handle, { settings });
    damage(before.folder);
    expect(await findEnvironment(handle, { settings })).toBeNull();
    expect(await listEnvironments(settings)).toMatchObject([{ key: before.key, problem }]);
    const after = await ensureEnvironment(handle, { settings });
    expect(after.key).toBe(before.key);
    expect((await execa(after.python, ["-I", "-c", "import parfocal_toy"])).exitCode).toBe(0);
    expect(readdirSync(dirname(after.folder))).toEqual([after.key]);
    fault("Environments", `a ready environment is damaged: ${_}`, "built anew");
  });

  test("when its base interpreter is gone", async () => {
    const place = await createWorkplace();
    const prefix = join(place.root, "python");
    mkdirSync(prefix);
    const real = place.settings.python!;
    const { stdout } = await execa(real, ["-I", "-c", "import sys; print(sys.base_prefix)"]);
    // An interpreter of its own: the binary is copied, the library linked.
    await execa("sh", [
      "-c",
      'mkdir "$1/bin" && cp -L "$2" "$1/bin/python3.11" && ln -s "$3/lib" "$1/lib"',
      "sh",
      prefix,
      real,
      stdout,
    ]);
    const python = join(prefix, "bin", "python3.11");
    const settings = { ...place.settings, python };
    const before = await ensureEnvironment(place.handle, { settings });
    expect(before.stamp.python.base).toBe(python);
    renameSync(prefix, `${prefix}-gone`);
    expect(await listEnvironments(settings)).toMatchObject([{ problem: `its base interpreter ${python} is gone` }]);
    const after = await ensureEnvironment(place.handle, { settings: place.settings });
    expect(after.key).toBe(before.key);
    expect(after.stamp.python.base).toBe(real);
    fault("Environments", "the base interpreter of an environment is gone", "built anew");
  });

  test("once its missing and changed files were found and it was removed", async () => {
    const { handle, settings } = await createWorkplace();
    const before = await ensureEnvironment(handle, { settings });
    expect(await verifyEnvironment(before)).toEqual([]);
    const metadata = join(before.sitePackages, "parfocal_toy-1.0.dist-info", "METADATA");
    rmSync(metadata); // it may be one file with that in uv's cache
    writeFileSync(metadata, "");
    rmSync(join(before.sitePackages, "parfocal_toy", "__init__.py"));
    expect(await verifyEnvironment(before)).toEqual([
      { package: "parfocal_toy", file: "parfocal_toy-1.0.dist-info/METADATA", problem: "another size" },
      { package: "parfocal_toy", file: "parfocal_toy/__init__.py", problem: "missing" },
    ]);
    await removeEnvironment(before.key, settings);
    expect(await verifyEnvironment(await ensureEnvironment(handle, { settings }))).toEqual([]);
    fault("Environments", "files of an environment are missing or changed", "found by hash, removed, built anew");
  });

  test("and the damage that uv's cache shares with it is repaired, too", async () => {
    const { handle, settings, wheel } = await createWorkplace({ source: "__version__ = '1.0'\nanswer = 42\n" });
    const first = await ensureEnvironment(handle, { settings });
    expect(await repairEnvironment(handle, { settings })).toEqual({ environment: first, damaged: [] });

    const file = join(first.sitePackages, wheel.name, "__init__.py");
    writeFileSync(file, "__version__ = '1.0'\nanswer = 41\n"); // into the file that the cache has, too
    expect(await verifyEnvironment(first)).toEqual([]); // sizes say nothing
    const damaged = [{ package: wheel.name, file: `${wheel.name}/__init__.py`, problem: "other contents" }];
    expect(await verifyEnvironment(first, { contents: true })).toEqual(damaged);
    await removeEnvironment(first.key, settings);
    const again = await ensureEnvironment(handle, { settings });
    if (statSync(file).nlink > 1) expect(readFileSync(file, "utf8")).toContain("41"); // a file of the cache

    const release = markInUse(again);
    writeFileSync(file, "answer = 41\n");
    await expect(repairEnvironment(handle, { settings })).rejects.toMatchObject({
      code: "USAGE",
      message: `the environment ${again.key} is in use by process ${process.pid}`,
    });
    release();
    const repaired = await repairEnvironment(handle, { settings });
    expect(repaired.damaged).toEqual([{ ...damaged[0], problem: "another size" }]);
    expect(readFileSync(file, "utf8")).toContain("answer = 42");
    expect(await verifyEnvironment(repaired.environment, { contents: true })).toEqual([]);
  });

  test("while what still runs in it goes on undisturbed", async () => {
    const { handle, settings } = await createWorkplace();
    const before = await ensureEnvironment(handle, { settings });
    const program =
      "import sys, parfocal_toy\nprint('up', flush=True)\nfor line in sys.stdin:\n    print('still here', flush=True)\n";
    const running = execa(before.python, ["-I", "-u", "-c", program], { reject: false });
    onTestFinished(() => void running.kill("SIGKILL"));
    const lines = running.iterable();
    expect(await lines.next()).toMatchObject({ value: "up" });
    rmSync(join(before.folder, "ready.json"));
    await ensureEnvironment(handle, { settings });
    running.stdin.write("are you?\n");
    expect(await lines.next()).toMatchObject({ value: "still here" });
    running.stdin.end();
    expect((await running).exitCode).toBe(0);
  });
});

describe("removing", () => {
  test("gc keeps what modules need and what is in use, and removes the rest", async () => {
    const { handle, settings, wheel } = await createWorkplace();
    const lock = lockOf(wheel);
    const unused = await ensureEnvironment(handle, { settings });
    writeToyModule(handle.folder, { locks: { cpu: `# second\n${lock}` } });
    const busy = await ensureEnvironment(handle, { settings });
    writeToyModule(handle.folder, { locks: { cpu: `# third\n${lock}` } });
    const needed = await ensureEnvironment(handle, { settings });
    const release = markInUse(busy);

    const report = await gcEnvironments([handle], settings);
    expect(report.removed.map(({ key }) => key)).toEqual([unused.key]);
    expect(Object.fromEntries(report.kept.map(({ environment, reason }) => [environment.key, reason]))).toEqual({
      [busy.key]: `in use by process ${process.pid}`,
      [needed.key]: "toy needs it",
    });
    expect(existsSync(unused.folder)).toBe(false);

    await expect(removeEnvironment(busy.key, settings)).rejects.toMatchObject({
      code: "USAGE",
      message: `the environment ${busy.key} is in use by process ${process.pid}`,
    });
    release();
    expect((await gcEnvironments([handle], settings)).removed.map(({ key }) => key)).toEqual([busy.key]);
    expect(await listEnvironments(settings)).toMatchObject([{ key: needed.key, problem: null, usedBy: [] }]);
    fault("Environments", "gc while an environment is in use", "it is kept");
  });

  test("a process that died without taking its note back keeps nothing from being removed", async () => {
    const { handle, settings } = await createWorkplace();
    const environment = await ensureEnvironment(handle, { settings });
    const sleeper = execa("sleep", ["60"], { reject: false });
    markInUse(environment, sleeper.pid);
    expect(await listEnvironments(settings)).toMatchObject([{ usedBy: [sleeper.pid] }]);
    sleeper.kill("SIGKILL");
    await sleeper;
    expect(await removeEnvironment(environment.key, settings)).toMatchObject({ key: environment.key });
    expect(readdirSync(dirname(environment.folder))).toEqual([]);
  });

  test("an environment that is not there is named", async () => {
    const { settings } = await createWorkplace();
    await expect(removeEnvironment("0123456789ab", settings)).rejects.toMatchObject({
      code: "USAGE",
      message: 'there is no environment "0123456789ab"',
    });
    expect(await listEnvironments(settings)).toEqual([]);
  });

  test("nothing outside the folder of environments is followed", async () => {
    const { handle, settings, root } = await createWorkplace();
    const environment = await ensureEnvironment(handle, { settings });
    const outside = join(root, "outside");
    mkdirSync(outside);
    writeFileSync(join(outside, "keep"), "");
    symlinkSync(outside, join(environment.folder, "link"));
    await removeEnvironment(environment.key, settings);
    expect(existsSync(join(outside, "keep"))).toBe(true);
  });
});
