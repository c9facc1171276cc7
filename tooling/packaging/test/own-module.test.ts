import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findEnvironment, matchLabels, readModule, readNpy } from "@parfocal/core";
import { type Fixture, fixture } from "@parfocal/fixtures";
import { readImage } from "@parfocal/io";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "./support.ts";

const creator = join(repository, "packages", "create-module", "bin", "create-module.js");
const parfocal = join(repository, "packages", "cli", "bin", "parfocal.js");
const worker = fileURLToPath(new URL("fixtures/scikit_image_worker.py", import.meta.url));
const about = ["--dependencies", "scikit-image>=0.25", "--description", "Finds nuclei that touch", "--yes"];

let root: string;
let images: Fixture;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal my lab "));
  images = await fixture("stardist");
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** What `npm install` would put there, from this checkout. */
async function linkDependencies(folder: string): Promise<void> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const from = createRequire(join(repository, "packages", "create-module", "package.json"));
  const bin = join(folder, "node_modules", ".bin");
  await mkdir(bin, { recursive: true });
  for (const name of Object.keys({ ...dependencies, ...devDependencies })) {
    const source = dirname(from.resolve(`${name}/package.json`));
    const target = join(folder, "node_modules", name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(source, target, "junction");
    const { bin: programs = {} } = JSON.parse(await readFile(join(source, "package.json"), "utf8"));
    for (const [program, path] of Object.entries(programs)) await symlink(join(source, String(path)), join(bin, program));
  }
}

/** F1 at IoU 0.5 of the module in a folder on the image with 125 touching nuclei. */
async function scoreOf(folder: string): Promise<number> {
  const module = await readModule(folder);
  const image = await readImage(images.path("img2d.tif"));
  const { labels } = await module.run(image);
  return matchLabels(await readImage(images.path("mask2d.tif")), labels, 0.5).f1;
}

/** Complaints of pyright about a module's worker, checked with nothing but the folder's own settings and its environment. */
async function typeErrors(folder: string, path: string): Promise<string[]> {
  const { handle } = await readModule(folder);
  const environment = await findEnvironment(handle, { device: "cpu" });
  const pyright = join(dirname(createRequire(import.meta.url).resolve("pyright/package.json")), "index.js");
  const args = [pyright, "--project", folder, "--pythonpath", environment!.python, "--outputjson"];
  const { stdout } = await execa(process.execPath, args, { cwd: folder, reject: false });
  const { summary, generalDiagnostics } = JSON.parse(stdout);
  expect(summary.filesAnalyzed).toBeGreaterThan(0);
  type Diagnostic = { readonly file: string; readonly severity: string; readonly message: string };
  return (generalDiagnostics as Diagnostic[])
    .filter(({ file, severity }) => severity === "error" && basename(file) === basename(path))
    .map(({ message }) => message);
}

describe("an npm package made with npm create parfocal-module", () => {
  let folder: string;

  /** Runs the module's own tests; how many passed. */
  async function conformance(): Promise<number> {
    const vitest = join(folder, "node_modules", "vitest", "vitest.mjs");
    const report = join(root, "report.json");
    await execa(process.execPath, [vitest, "run", "--reporter=json", `--outputFile=${report}`], { cwd: folder, reject: false });
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(await readFile(report, "utf8"));
    expect(numFailedTests, JSON.stringify(testResults, null, 1)).toBe(0);
    return numPassedTests;
  }

  beforeAll(async () => {
    const { stdout } = await execa(process.execPath, [creator, "@my-lab/nuclei-finder", "--folder", "nuclei finder", ...about], {
      cwd: root,
    });
    expect(stdout).toContain('cd "./nuclei finder"');
    folder = join(root, "nuclei finder");
    await linkDependencies(folder);
  });

  it("passes the conformance suite as it was written", async () => {
    await execa("npm", ["run", "typecheck"], { cwd: folder });
    expect(await conformance()).toBeGreaterThan(25);
  });

  it("has types for the editor", async () => {
    expect(await typeErrors(folder, "worker.py")).toEqual([]);
    const wrong = join(folder, "python", "wrong.py");
    await writeFile(wrong, "from parfocal_worker import Context\n\nContext(axis=1)\n");
    expect((await typeErrors(folder, "wrong.py")).join("\n")).toContain('No parameter named "axis"');
    await rm(wrong);
  });

  it("finds nuclei that touch after an edit of worker.py alone, and passes the suite again", async () => {
    await copyFile(worker, join(folder, "python", "worker.py"));
    await execa("npm", ["run", "build"], { cwd: folder });
    expect(await scoreOf(folder)).toBeGreaterThanOrEqual(0.6);
    expect(await conformance()).toBeGreaterThan(25);
  });

  it("is packed with all that runs it", async () => {
    const { stdout } = await execa("npm", ["pack", "--json"], { cwd: folder });
    const [{ filename, files }] = JSON.parse(stdout.slice(stdout.indexOf("[\n")));
    const paths = (files as { readonly path: string }[]).map(({ path }) => path);
    const wanted = ["dist/index.js", "dist/index.d.ts", "module.json", "python/worker.py", "python/locks/default/cpu.txt"];
    expect(paths).toEqual(expect.arrayContaining([...wanted, "python/sample/discs.npy", "src/params.ts", "README.md"]));
    expect(paths.filter((path) => /__pycache__|node_modules|\.test\./.test(path))).toEqual([]);
    const result = await execa("publint", ["run", join(folder, filename), "--strict"], {
      preferLocal: true,
      localDir: import.meta.dirname,
      reject: false,
      all: true,
    });
    expect(result.exitCode, result.all).toBe(0);
    const manifest = JSON.parse(await readFile(join(folder, "module.json"), "utf8"));
    expect(manifest).toMatchObject({ name: "nuclei-finder", version: "0.1.0", description: "Finds nuclei that touch" });
  });
});

describe("a folder of Python alone made with parfocal new", () => {
  const place = "./nuclei python";
  let folder: string;

  const run = (...args: string[]) =>
    execa(process.execPath, [parfocal, ...args], { cwd: root, reject: false, all: true, env: { NO_COLOR: "1" } });

  beforeAll(async () => {
    folder = join(root, place);
    const { exitCode, all } = await run("new", "nuclei-python", "--python-only", "--folder", place, ...about);
    expect(exitCode, all).toBe(0);
    await copyFile(worker, join(folder, "worker.py"));
  });

  it("is locked, and says when it has to be locked again", async () => {
    const lock = await readFile(join(folder, "locks", "default", "cpu.txt"), "utf8");
    expect((await run("lock", place, "--check")).exitCode).toBe(0);
    const written = await run("lock", place);
    expect(written.exitCode, written.all).toBe(0);
    expect(written.stdout).toMatch(/cpu\.txt {2}\d+ packages for linux-x64, linux-arm64, darwin-arm64, darwin-x64, win32-x64/);
    expect(await readFile(join(folder, "locks", "default", "cpu.txt"), "utf8")).toBe(lock);

    const path = join(folder, "pyproject.toml");
    const text = await readFile(path, "utf8");
    await writeFile(path, text.replace("dependencies = [", 'dependencies = ["tqdm", '));
    const stale = await run("lock", place, "--check");
    expect(stale.exitCode).toBe(3);
    expect(stale.stdout).toContain("is older than pyproject.toml");
    expect(stale.stderr).toContain("run `parfocal lock");
    await writeFile(path, text);
  });

  it("segments an image, and finds nuclei that touch", async () => {
    const { exitCode, all, stdout } = await run("run", place, images.path("img2d.tif"), "--json", "--min-size", "30");
    expect(exitCode, all).toBe(0);
    expect(JSON.parse(stdout.split("\n").at(-1)!)).toMatchObject({ type: "result" });
    expect(await scoreOf(folder)).toBeGreaterThanOrEqual(0.6);
  });

  it("runs by hand without Node, with the defaults of its module.json", async () => {
    const { stdout } = await run("env", "path", place, "--command", "--json");
    const [program, ...fixed] = JSON.parse(stdout).command;
    const [image, labels] = [join(folder, "sample", "discs.npy"), join(root, "by-hand.npy")];
    await execa(program, [...fixed, "--input", image, "--output", labels, "--params", '{"minSize": 30}']);
    const truth = await readNpy(join(folder, "sample", "discs_labels.npy"));
    expect(matchLabels(truth, await readNpy(labels), 0.5).f1).toBe(1);
  });

  it("passes parfocal test", async () => {
    const { exitCode, all } = await run("test", place);
    expect(exitCode, all).toBe(0);
    expect(all).toContain("PASS");
  });

  it("has types for the editor", async () => {
    expect(await typeErrors(folder, "worker.py")).toEqual([]);
  });
});
