import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython, findUv, listEnvironments, readSettings } from "@parfocal/core";
import { fixture } from "@parfocal/fixtures";
import { uvDependencies } from "@parfocal/uv-binaries";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { uvPlatform } from "../../../packages/core/src/environment/uv-platform.ts";
import releases from "../package.json" with { type: "json" };
import { createProject, type Project, type ProjectOptions } from "./support/project.ts";
import { type LocalRegistry, startRegistry } from "./support/registry.ts";
import { copyWorkspace, readManifest, type WorkspaceCopy } from "./support/workspace-copy.ts";

const uvPackage = `@parfocal/uv-${uvPlatform()}`;
/** Objects that StarDist's bundled model finds in the sample of its own package, 512 x 512 pixels of nuclei. */
const objects = 116;

let root: string;
let registry: LocalRegistry | undefined;
let workspace: WorkspaceCopy;
let options: ProjectOptions;
let project: Project;
/** Versions that are released first: those of this checkout. */
let first: Record<string, string>;

const versionOf = async (folder: string, ...way: string[]) =>
  (await readManifest(join(folder, "node_modules", ...way.flatMap((name, at) => (at === 0 ? [name] : ["node_modules", name])))))
    .version;

/** The version that changesets gives after a change of this kind. */
function next(version: string, bump: "major" | "minor" | "patch"): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (bump === "major") return `${major + 1}.0.0`;
  return bump === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

/** Segments the image of a project; the last line that `parfocal run --json` prints, parsed. */
async function segment({ parfocal }: Project): Promise<{ readonly objects?: number; readonly version?: string }> {
  const { exitCode, stdout, all } = await parfocal("run", "stardist", "nuclei.tif", "--json");
  expect(exitCode, all).toBe(0);
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

async function newProject(name: string, dependencies = {}): Promise<Project> {
  const made = await createProject(join(root, name), options, dependencies);
  await copyFile((await fixture("stardist")).path("img2d.tif"), join(made.folder, "nuclei.tif"));
  return made;
}

it("publishes packages that were built before", () => {
  expect(Object.keys(releases.devDependencies)).toEqual(expect.arrayContaining(Object.keys(workspace.versions())));
});

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal releases "));
  const settings = readSettings();
  const { path: python } = await findPython(settings, "3.11", await findUv(settings));
  registry = await startRegistry(join(root, "registry"), ["parfocal", "create-parfocal-module"]);
  options = { registry, home: join(root, "home"), uvCache: settings.uvCache, python };
  workspace = await copyWorkspace(join(root, "workspace"), registry);
  // of the eight, the one for this machine, and two that npm must leave out: another C library and another system
  const platforms = ["linux-x64", "linux-x64-musl", "win32-arm64", uvPlatform()];
  const chosen = [...new Set(platforms)].flatMap((platform) => ["--platform", platform]);
  await workspace.run(process.execPath, [
    "--conditions=@parfocal/source",
    "tooling/uv-binaries/src/main.ts",
    ...chosen,
    "--publish",
  ]);
  await workspace.publish();
  first = workspace.versions();
  project = await newProject("my images");
});
afterAll(async () => {
  await registry?.stop();
  await rm(root, { recursive: true, force: true });
});

it("npm install of the command and one module is all that a machine with Node needs to segment", async () => {
  await project.npm("install", "parfocal", "@parfocal/stardist");
  const { dependencies } = await readManifest(project.folder);
  expect(Object.keys(dependencies ?? {})).toEqual(["@parfocal/stardist", "parfocal"]);
  const installed = await readdir(join(project.folder, "node_modules", "@parfocal"));
  expect(installed.filter((name) => name.startsWith("uv-"))).toEqual([uvPackage.split("/")[1]]);
  expect(installed).toContain("stardist");
  expect(installed).not.toContain("cellpose");

  const doctor = await project.parfocal("doctor", "--json");
  const { checks } = JSON.parse(doctor.stdout) as { readonly checks: readonly { name: string; found: string }[] };
  const program = join(project.folder, "node_modules", uvPackage, "bin", process.platform === "win32" ? "uv.exe" : "uv");
  expect(checks.find(({ name }) => name === "uv")?.found).toBe(`${uvDependencies()[uvPackage]} at ${program} (npm package)`);

  expect(await segment(project)).toMatchObject({ objects });
  expect(existsSync(join(project.folder, "parfocal-output", "nuclei_labels.tif"))).toBe(true);
  const [environment] = await listEnvironments(readSettings({ home: options.home }));
  expect(environment?.stamp?.uv).toMatchObject({ source: "npm package", path: program });
});

/** Prints the uv that core finds. */
const whichUv = `
import { findUv, readSettings } from "@parfocal/core";
console.log(JSON.stringify(await findUv(readSettings())));
`;

it("core finds npm's uv in the folders of pnpm, too", async () => {
  const { folder, node } = await createProject(join(root, "a project of pnpm"), options);
  await writeFile(join(folder, "pnpm-workspace.yaml"), "minimumReleaseAge: 0\n");
  await execa("pnpm", ["add", "@parfocal/core", `--store-dir=${join(root, "pnpm store")}`], { cwd: folder });
  await writeFile(join(folder, "uv.js"), whichUv);
  const uv = JSON.parse(await node("uv.js"));
  expect(uv).toMatchObject({ source: "npm package", version: uvDependencies()[uvPackage] });
  expect(uv.path).toContain(join("node_modules", ".pnpm"));
});

it("stardist needs no release, and runs, after a minor of core and a major of cellpose", async () => {
  await workspace.release({ "@parfocal/core": "minor", "@parfocal/cellpose": "major" });
  const changed = Object.entries(workspace.versions()).filter(([name, version]) => first[name] !== version);
  expect(Object.fromEntries(changed)).toEqual({
    "@parfocal/core": next(first["@parfocal/core"]!, "minor"),
    "@parfocal/cellpose": next(first["@parfocal/cellpose"]!, "major"),
  });
  await workspace.publish();

  await project.npm("update");
  expect(await versionOf(project.folder, "@parfocal/core")).toBe(workspace.versions()["@parfocal/core"]);
  expect(await versionOf(project.folder, "@parfocal/stardist")).toBe(first["@parfocal/stardist"]);
  expect(await segment(project)).toMatchObject({ objects });
  expect(await listEnvironments(readSettings({ home: options.home }))).toHaveLength(1);
});

/** Prints what core 2 says of an error that the module's own core 1 threw. */
const acrossCopies = `
import { exitCodeOf, isParfocalError, ParfocalError } from "@parfocal/core";
import { stardist } from "@parfocal/stardist";
const image = { data: new Uint8Array(16), shape: [4, 4], dtype: "uint8", axes: "yx" };
const error = await stardist.run(image, { probThreshold: 7 }).catch((reason) => reason);
console.log(JSON.stringify({
  ours: error instanceof ParfocalError,
  known: isParfocalError(error, "PARAMS_INVALID"),
  param: error.details.issues[0].param,
  exitCode: exitCodeOf(error),
}));
`;

let older: Project;

it("core 2 runs a module of core 1, which npm gives its own core 1", async () => {
  const { "@parfocal/stardist": module, "@parfocal/core": core } = workspace.versions() as Record<string, string>;
  await workspace.release({ "@parfocal/core": "major" });
  const major = next(core!, "major");
  expect(workspace.versions()).toMatchObject({ "@parfocal/core": major, "@parfocal/stardist": next(module!, "patch") });
  await workspace.publish();

  older = await newProject("an older module", { "@parfocal/core": major, parfocal: "latest", "@parfocal/stardist": module });
  await older.npm("install");
  expect(await versionOf(older.folder, "@parfocal/core")).toBe(major);
  expect(await versionOf(older.folder, "@parfocal/stardist", "@parfocal/core")).toBe(core);
  expect(await segment(older)).toMatchObject({ objects, version: module });

  await writeFile(join(older.folder, "errors.js"), acrossCopies);
  const seen = JSON.parse(await older.node("errors.js"));
  expect(seen).toEqual({ ours: false, known: true, param: "probThreshold", exitCode: 2 });
});

/** Lets the workspace's core run the next version of the contract alone; its number. */
async function dropContract(): Promise<number> {
  const source = join(workspace.root, "packages", "core", "src", "module", "manifest-version.ts");
  const text = await readFile(source, "utf8");
  const limits = /oldest: \d+, newest: (\d+)/.exec(text);
  const contract = Number(limits?.[1]) + 1;
  await writeFile(source, text.replace(limits![0], `oldest: ${contract}, newest: ${contract}`));
  return contract;
}

it("a core that has dropped the contract of a module refuses it, and its hint repairs that", async () => {
  const contract = await dropContract();
  await workspace.release({ "@parfocal/core": "major" });
  await workspace.run("npm", ["run", "build"], "packages/core");
  await workspace.run(process.execPath, ["../../packages/core/bin/build-module.js"], "modules/stardist");
  await workspace.publish();

  const core = workspace.versions()["@parfocal/core"];
  await older.npm("install", `@parfocal/core@${core}`, "parfocal@latest");
  const { exitCode, stderr } = await older.parfocal("run", "stardist", "nuclei.tif");
  expect(exitCode).toBe(2);
  const said = stderr.replace(/\s+/g, " ");
  expect(said).toContain("error[MODULE_INCOMPATIBLE]");
  expect(said).toContain(`@parfocal/stardist ${first["@parfocal/stardist"]} in `);
  expect(said).toContain(
    `version ${contract - 1} of the module contract and asks for @parfocal/core ^${first["@parfocal/core"]}`,
  );
  expect(said).toContain(`@parfocal/core ${core} runs version ${contract}`);
  expect(said).toContain("npm install @parfocal/stardist@latest");

  await older.npm("install", "@parfocal/stardist@latest");
  expect(existsSync(join(older.folder, "node_modules", "@parfocal", "stardist", "node_modules", "@parfocal", "core"))).toBe(
    false,
  );
  expect(await segment(older)).toMatchObject({ objects });
});
