import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNpy } from "@parfocal/core";
import { fixture } from "@parfocal/fixtures";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type BarePc,
  canCutNetwork,
  createBarePc,
  hashesOfLock,
  installedByUv,
  lockOf,
  openBundle,
  standInPython,
  wheelsOfLock,
} from "./support/bundles.ts";
import { cli, jsonLines, workspace } from "./support/cli.ts";
import { blobs } from "./support/images.ts";
import { workerWith, writeModule } from "./support/modules.ts";
import { serveWeights, weightsSha256, writeWeighted } from "./support/weighted-module.ts";

/** `pnpm test:bundle` runs these; they fetch several GB and take minutes. */
const isWanted = process.env.MODE === "every-bundle";
const linux = process.platform === "linux" && process.arch === "x64";
const moduleFolder = (name: string): string => join(workspace, "modules", name);
const deadlineMs = 1_200_000;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "parfocal bundles ü "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function create(names: readonly string[], zip: string, ...options: string[]): Promise<void> {
  const created = await cli(["bundle", "create", ...names, "-o", zip, ...options], { deadlineMs });
  expect(created.code, created.stderr).toBe(0);
}

describe.runIf(isWanted)("bundles for other platforms hold every wheel of their locks", () => {
  it.each([
    ["windows", "directml", { stardist: "directml", cellpose: "directml" }],
    ["windows", "cuda", { stardist: "cuda", cellpose: "cpu" }],
    ["macos", "cpu", { stardist: "cpu", cellpose: "cpu" }],
    ["linux", "cpu", { stardist: "cpu", cellpose: "cpu", measure: "cpu", reader: "cpu" }],
  ])(
    "%s with %s",
    async (platform, accelerator, locks) => {
      const zip = join(folder, "lab.zip");
      const names = Object.keys(locks);
      const options = ["--platform", platform, "--accelerator", accelerator, "--weights", "none"];
      await create(names.map(moduleFolder), zip, ...options);
      const bundle = await openBundle(zip);
      try {
        expect(bundle.manifest.modules.map(({ name, accelerator: brought }) => [name, brought])).toEqual(Object.entries(locks));
        for (const [name, lock] of Object.entries(locks)) {
          const installed = await installedByUv(bundle, lockOf(name, lock), join(folder, name));
          expect(installed.length, name).toBeGreaterThan(1);
          expect(await wheelsOfLock(bundle, lockOf(name, lock)), name).toEqual(expect.arrayContaining(installed));
          rmSync(join(folder, name), { recursive: true });
        }
        const pinned = new Set(Object.entries(locks).flatMap(([name, lock]) => hashesOfLock(lockOf(name, lock))));
        const wheels = bundle.manifest.files.filter(({ path }) => path.startsWith("wheels/"));
        expect(wheels.filter(({ sha256 }) => !pinned.has(sha256))).toEqual([]);
      } finally {
        await bundle.close();
      }
    },
    deadlineMs,
  );
});

describe.runIf(isWanted && linux)("on a PC without a network", () => {
  let pc: BarePc;
  let python: string;
  beforeEach(async ({ skip }) => {
    if (!(await canCutNetwork())) skip("skipped: this user may not cut the network off (unshare -n)");
    python = (await standInPython("3.11")) ?? skip("skipped: no Python 3.11 that can be moved");
    pc = createBarePc(folder);
  });

  /** Unpacks a bundle and runs its script there. @returns path of the command. */
  async function install(zip: string, name: string): Promise<string> {
    await execa("unzip", ["-q", zip, "-d", join(folder, name)]);
    const installed = await pc.run("/bin/sh", [join(folder, name, "install.sh")]);
    expect(installed.code, installed.stderr).toBe(0);
    rmSync(join(folder, name), { recursive: true });
    return join(pc.home, ".cache", "parfocal", "bin", "parfocal");
  }

  async function labels(command: string | null, args: readonly string[]): Promise<Buffer> {
    const out = join(mkdtempSync(join(folder, "out-")), "labels.npy");
    const all = ["run", ...args, "-o", out];
    const ended = command === null ? await cli(all) : await pc.run(command, all);
    expect(ended.code, ended.stderr).toBe(0);
    return readFileSync(out);
  }

  it(
    "StarDist and Cellpose find the same objects; a second bundle with downloaded weights comes on top",
    async () => {
      const image = (await fixture("stardist")).path("img2d.tif");
      const model = (await fixture("celldetective")).path("primNK_cfse/cp-cfse-transfer");
      const cellposeArgs = [image, "--model", model, "--diameter", "20"];
      const zip = join(folder, "lab.zip");
      await create([moduleFolder("stardist"), moduleFolder("cellpose")], zip, "--weights", "none", "--python-dist", python);
      const command = await install(zip, "first");
      const stardist = await labels(null, [moduleFolder("stardist"), image]);
      expect((await labels(command, ["stardist", image])).equals(stardist)).toBe(true);
      const cellpose = await labels(null, [moduleFolder("cellpose"), ...cellposeArgs]);
      expect((await labels(command, ["cellpose", ...cellposeArgs])).equals(cellpose)).toBe(true);

      const second = join(folder, "second.zip");
      const server = await serveWeights();
      await create([writeWeighted(join(folder, "weighted"), server.url, weightsSha256)], second);
      await server.close();
      const served = await install(second, "second");
      expect(served).toBe(command);
      const sevens = join(folder, "sevens.npy");
      const ran = await pc.run(command, ["run", "weighted", blobs, "-o", sevens]);
      expect(ran.code, ran.stderr).toBe(0);
      expect(new Set((await readNpy(sevens)).data as Int32Array)).toEqual(new Set([7]));
      expect((await labels(command, ["stardist", image])).equals(stardist)).toBe(true);
      const apps = readdirSync(join(pc.home, ".cache", "parfocal", "app"));
      expect(apps.filter((name) => name.startsWith("."))).toEqual([]);
    },
    deadlineMs,
  );

  it(
    "a bundle of more than 4 GiB is installed whole",
    async () => {
      const module = writeModule(join(folder, "large"), "large", workerWith("raise RuntimeError"));
      const bytes = 4.5 * 2 ** 30;
      const large = join(module, "python", "large.onnx"); // stored, not packed
      writeFileSync(large, "begin");
      truncateSync(large, bytes);
      const zip = join(folder, "large.zip");
      await create([module], zip, "--python-dist", python);
      const said = jsonLines(await cli(["bundle", "install", zip, "--to", join(folder, "to"), "--json"], { deadlineMs }));
      expect(said.at(-1)).toMatchObject({ type: "installed" });
      const [app = ""] = readdirSync(join(folder, "to", "app")).filter((name) => /^[0-9a-f]{12}$/.test(name));
      const { stdout } = await execa("cmp", [large, join(folder, "to", "app", app, "node_modules/test-large/python/large.onnx")]);
      expect(stdout).toBe("");
    },
    deadlineMs,
  );
});
