import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import catalog from "../package.json" with { type: "json" };
import { packPackage, publicPackages } from "./support.ts";

/** What stands around the lines of the architecture document: an image, and somewhere for the results to go. */
const before = `
import { join, dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Image, readNpy } from "@parfocal/core";
import { stardist } from "@parfocal/stardist";
import { threshold } from "@parfocal/threshold";

const module = dirname(fileURLToPath(import.meta.resolve("@parfocal/threshold/package.json")));
const image: Image = { ...(await readNpy(join(module, "python", "sample", "blobs.npy"))), axes: "yx" };
const params = { probThreshold: 0.4 };
const sources = [image, image];
const { signal } = new AbortController();
const onProgress = (): void => {};
const counts: number[] = [];
const count = (labels: { readonly data: Int32Array }): number => new Set(labels.data).size - 1;
`;

const contracts = `
const { labels } = await stardist.run(image, { probThreshold: 0.5 });         // start + run + close
await using worker = await stardist.start({ device: "auto" });                // warm
const result = await worker.run(image, params, { signal, onProgress, keepRaw: true });
const again  = await worker.refine(result, { nmsThreshold: 0.3 });            // post-network only, on any worker of the pool
for await (const item of worker.map(sources, params)) counts.push(item.result ? count(item.result.labels) : -1);
`;

const after = `
const simple = await threshold.run(image, { minSize: 20 });
console.log(JSON.stringify({ run: count(labels), warm: count(result.labels), again: count(again.labels), counts, simple: count(simple.labels) }));
`;

const tsconfig = {
  compilerOptions: { strict: true, module: "nodenext", target: "es2022", lib: ["es2023", "esnext.disposable"], types: ["node"] },
};

let parent: string;
let project: string;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "parfocal project "));
  project = join(parent, "my images");
  await mkdir(project);
  const tarballs: string[] = [];
  for (const each of publicPackages()) tarballs.push(`./${relative(project, await packPackage(each, project))}`);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "my-images", private: true, type: "module" }));
  const { stdout } = await execa("tsc", ["--version"], { preferLocal: true });
  const typescript = `typescript@${stdout.replace("Version ", "").trim()}`;
  const args = ["install", "--no-audit", "--no-fund", "--prefer-offline", ...tarballs, typescript, "@types/node@22"];
  await execa("npm", args, { cwd: project, env: { npm_config_update_notifier: "false" } });
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** Compiles files as a user would, with the project's own TypeScript; its messages, or "" when there are none. */
async function compile(files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(project, name), text);
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ ...tsconfig, files: Object.keys(files) }));
  const tsc = join(project, "node_modules", "typescript", "bin", "tsc");
  const result = await execa(process.execPath, [tsc, "-p", "."], { cwd: project, reject: false, all: true });
  return result.exitCode === 0 ? "" : result.all;
}

it("runs the contracts as pasted", async () => {
  expect(await compile({ "main.ts": `${before}${contracts}${after}` })).toBe("");
  const { stdout } = await execa(process.execPath, ["main.js"], { cwd: project });
  const found = JSON.parse(stdout);
  expect(found.simple).toBe(16);
  expect(found.warm).toBeGreaterThan(0);
  expect(found.counts).toEqual([found.warm, found.warm]);
  expect(found.run).toBeGreaterThan(0);
  expect(found.run).toBeLessThanOrEqual(found.warm);
  expect(found.again).toBeLessThanOrEqual(found.warm);
});

it("does not compile a misspelt parameter, in any of the calls", async () => {
  const call = (line: string) =>
    `${before}\nconst worker = await stardist.start();\nconst done = await worker.run(image);\n${line}\nexport { threshold, params, sources, signal, onProgress, counts, count, done };\n`;
  expect(await compile({ "right.ts": call("await worker.refine(done, { nmsThreshold: 0.3 });") })).toBe("");
  for (const line of [
    "await stardist.run(image, { probTreshold: 0.5 });",
    "await worker.run(image, { probTreshold: 0.5 });",
    "await worker.refine(done, { probTreshold: 0.5 });",
    "worker.map(sources, { probTreshold: 0.5 });",
    'await stardist.start({ params: { modell: "nuclei" } });',
  ]) {
    const messages = await compile({ "wrong.ts": call(line) });
    expect(messages, line).toMatch(/probTreshold|modell/);
    expect(messages, line).toMatch(/does not exist in type/);
  }
});

it("brings the command", async () => {
  const bin = join(project, "node_modules", "parfocal", "bin", "parfocal.js");
  const { stdout } = await execa(process.execPath, [bin, "list"], { cwd: project });
  for (const { name } of publicPackages().filter(({ folder }) => /[\\/]modules[\\/]/.test(folder))) {
    expect(stdout).toContain(name.replace("@parfocal/", ""));
    expect(Object.keys(catalog.devDependencies), `${name} is built before this test`).toContain(name);
  }
});

it("makes a module that asks for packages that exist, and compiles with them", async () => {
  const bin = (name: string, path: string): string => join(project, "node_modules", name, path);
  const create = bin("create-parfocal-module", "bin/create-module.js");
  await execa(process.execPath, [create, "bright-spots", "--no-lock", "--yes"], { cwd: project });
  const folder = join(project, "bright-spots");
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  const versions = new Map(publicPackages().map(({ name, version }) => [name, version]));
  expect(dependencies["@parfocal/core"]).toBe(`^${versions.get("@parfocal/core")}`);
  expect(devDependencies["@parfocal/testing"]).toBe(`^${versions.get("@parfocal/testing")}`);
  for (const range of Object.values({ ...dependencies, ...devDependencies })) expect(range).toMatch(/^\^?\d+\.\d+\.\d+$/);
  await execa(process.execPath, [bin("typescript", "bin/tsc"), "-p", "tsconfig.build.json"], { cwd: folder });
  const before = await readFile(join(folder, "module.json"), "utf8");
  await execa(process.execPath, [bin("@parfocal/core", "bin/build-module.js")], { cwd: folder });
  expect(await readFile(join(folder, "module.json"), "utf8")).toBe(before);
});
