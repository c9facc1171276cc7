import { existsSync } from "node:fs";
import { appendFile, copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const turbo = join(repository, "node_modules", ".bin", "turbo");
const tasks = ["build", "typecheck", "test", "check:python", "test:python", "test:integration"];
const plan = z.object({
  tasks: z.array(z.object({ taskId: z.string(), task: z.string(), hash: z.string(), command: z.string() })),
});
type Hashes = ReadonlyMap<string, string>;
let root: string;

/** A copy of the working tree, so that files can be edited; turbo hashes files through git. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal turbo inputs "));
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: repository });
  for (const path of stdout.split("\0").filter((path) => path !== "" && existsSync(join(repository, path)))) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(join(repository, path), join(root, path));
  }
  const git = (...args: string[]) => execa("git", ["-c", "user.name=t", "-c", "user.email=t@localhost", ...args], { cwd: root });
  await git("init", "--quiet");
  await git("add", "--all");
  await git("commit", "--quiet", "--message", "start");
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Hashes of all tasks that have a script. */
async function taskHashes(): Promise<Hashes> {
  const env = { TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  const { stdout } = await execa(turbo, ["run", ...tasks, "--dry=json"], { cwd: root, env });
  const runnable = plan.parse(JSON.parse(stdout)).tasks.filter(({ command }) => command !== "<NONEXISTENT>");
  return new Map(runnable.map(({ taskId, hash }) => [taskId, hash]));
}

/** Tasks that would run again after one file was edited; the edit stays. */
async function rerunAfterEditing(path: string): Promise<string[]> {
  const before = await taskHashes();
  await appendFile(join(root, path), "\n");
  const after = await taskHashes();
  return [...after]
    .filter(([task, hash]) => before.get(task) !== hash)
    .map(([task]) => task)
    .sort();
}

const pythonTask = /#(check:python|test:python|test:integration)$/;

it("knows the tasks that the other tests speak of", async () => {
  const known = [...(await taskHashes()).keys()];
  for (const name of ["@parfocal/threshold", "@parfocal/stardist", "@parfocal/cellpose"]) {
    expect(known).toEqual(expect.arrayContaining(tasks.map((task) => `${name}#${task}`)));
  }
});

it("reruns nothing for what Python compiled beside its files", async () => {
  const before = await taskHashes();
  for (const place of ["packages/core/python/runtime", "packages/core/test/fixtures", "modules/stardist/python"]) {
    await mkdir(join(root, place, "__pycache__"), { recursive: true });
    await writeFile(join(root, place, "__pycache__", "worker.cpython-311.pyc"), "compiled");
  }
  expect([...(await taskHashes())]).toEqual([...before]);
});

it("reruns only Python tasks when a worker is edited", async () => {
  const rerun = await rerunAfterEditing("modules/threshold/python/worker.py");
  expect(rerun.filter((task) => !pythonTask.test(task))).toEqual([]);
  expect(rerun).toEqual(
    expect.arrayContaining(["check:python", "test:python", "test:integration"].map((task) => `@parfocal/threshold#${task}`)),
  );
  expect(rerun.filter((task) => task.startsWith("@parfocal/stardist#"))).toEqual([]);
});

it("reruns Python tasks of cellpose and nothing of stardist when a module of cellpose's Python is edited", async () => {
  const rerun = await rerunAfterEditing("modules/cellpose/python/worker.py");
  const own = ["check:python", "test:integration", "test:python"].map((task) => `@parfocal/cellpose#${task}`);
  expect(rerun.filter((task) => task.startsWith("@parfocal/cellpose#"))).toEqual(own);
  expect(rerun.filter((task) => task.startsWith("@parfocal/stardist#"))).toEqual([]);
  expect(rerun.filter((task) => !pythonTask.test(task))).toEqual([]);
});

it("reruns the Python tasks of every module when core's Python is edited, and nothing of TypeScript", async () => {
  const rerun = await rerunAfterEditing("packages/core/python/runtime/__main__.py");
  expect(rerun.filter((task) => !pythonTask.test(task))).toEqual([]);
  const expected = ["core", "threshold", "stardist"].flatMap((name) => [
    `@parfocal/${name}#check:python`,
    `@parfocal/${name}#test:integration`,
  ]);
  expect(rerun).toEqual(
    expect.arrayContaining([...expected, "@parfocal/threshold#test:python", "@parfocal/stardist#test:python"]),
  );
});

it("reruns builds, types and tests of dependents when core's TypeScript is edited, and no Python check", async () => {
  const rerun = await rerunAfterEditing("packages/core/src/index.ts");
  expect(rerun.filter((task) => /#(check|test):python$/.test(task))).toEqual([]);
  const expected = ["core", "io", "threshold", "stardist"].flatMap((name) => [
    `@parfocal/${name}#build`,
    `@parfocal/${name}#typecheck`,
    `@parfocal/${name}#test`,
  ]);
  expect(rerun).toEqual(expect.arrayContaining([...expected, "parfocal#build"]));
});

it("reruns no build when a test, a README or a page of documentation is edited", async () => {
  for (const path of ["packages/core/src/array/npy.test.ts", "packages/core/README.md", "README.md"]) {
    const rerun = await rerunAfterEditing(path);
    expect(rerun.filter((task) => task.endsWith("#build"))).toEqual([]);
  }
});

it("reruns tests when the shared settings of TypeScript or vitest change", async () => {
  const typescript = await rerunAfterEditing("tooling/tsconfig/base.json");
  expect(typescript).toEqual(expect.arrayContaining(["@parfocal/core#build", "@parfocal/core#typecheck"]));
  const vitest = await rerunAfterEditing("tooling/vitest-config/src/index.ts");
  expect(vitest).toEqual(expect.arrayContaining(["@parfocal/core#test", "@parfocal/core#test:integration"]));
});
