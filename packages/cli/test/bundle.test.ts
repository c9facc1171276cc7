import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type BarePc,
  canCutNetwork,
  createBarePc,
  firstBytes,
  lockOf,
  openBundle,
  standInPython,
  wheelsOfLock,
} from "./support/bundles.ts";
import { cli, jsonLines, workspace } from "./support/cli.ts";

const blobs = join(workspace, "modules/threshold/python/sample/blobs.npy");
const linux = process.platform === "linux" && process.arch === "x64";

let folder: string;
let zip: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parfocal bundle ü "));
  zip = join(folder, "lab é.zip");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a bundle for another platform", () => {
  it("says its size before anything is fetched", async () => {
    const ended = await cli(["bundle", "create", "threshold", "--platform", "windows", "--dry-run", "--json"]);
    const [plan] = jsonLines(ended);
    expect(plan).toMatchObject({ type: "plan", platform: "win32-x64", missingPythons: ["3.11"] });
    // numpy and scipy alone, as the lock says, and Node
    expect(plan?.zipBytes).toBeGreaterThan(49_215_918 + 30_000_000);
    expect(plan?.installedBytes).toBeGreaterThan(182_635_934);
  });

  it("holds every wheel of the lock, Node, uv and what starts the installation", async () => {
    const path = join(folder, "windows.zip");
    const created = await cli(["bundle", "create", "threshold", "--platform", "windows", "-o", path, "--json"]);
    expect(created.stderr, created.stderr).toContain("Python 3.11 is not in it");
    expect(created.code).toBe(0);
    const bundle = await openBundle(path);
    try {
      expect(await wheelsOfLock(bundle, lockOf("threshold", "cpu"))).toEqual(["numpy", "scipy"]);
      const paths = bundle.manifest.files.map((file) => file.path);
      expect(paths.filter((each) => each.startsWith("wheels/"))).toHaveLength(2);
      expect(paths).toContain("install.cmd");
      expect(paths).toContain("app/node_modules/@koromix/koffi-win32-x64/win32_x64/koffi.node");
      expect(paths).not.toContainEqual(expect.stringContaining("koffi-linux"));
      expect(await firstBytes(bundle, "node/bin/node.exe", 2)).toBe("MZ");
      expect(await firstBytes(bundle, "app/node_modules/@parfocal/uv-win32-x64/bin/uv.exe", 2)).toBe("MZ");
      expect(Math.max(...paths.map((each) => each.length)), "below Windows' 259 with its folder").toBeLessThan(150);
    } finally {
      await bundle.close();
    }
    const refused = await cli(["bundle", "install", path, "--to", join(folder, "never"), "--json"]);
    expect(jsonLines(refused)[0]).toMatchObject({ code: "BUNDLE_INVALID" });
    expect(refused.stderr).toContain("is for win32-x64, this PC is");
    expect(existsSync(join(folder, "never"))).toBe(false);
  });
});

describe.runIf(linux)("a bundle for this platform", () => {
  let pc: BarePc;
  let hasPython = false;

  beforeAll(async () => {
    const python = await standInPython("3.11");
    hasPython = python !== null;
    const dist = python === null ? [] : ["--python-dist", python];
    const created = await cli(["bundle", "create", "threshold", ...dist, "-o", zip]);
    expect(created.code, created.stderr).toBe(0);
    await execa("unzip", ["-q", zip, "-d", join(folder, "unpacked ß")]);
    pc = createBarePc(folder);
  });

  it("is installed and runs where there is no network, Node, uv or Python", async ({ skip }) => {
    if (!(await canCutNetwork())) skip("skipped: this user may not cut the network off (unshare -n)");
    if (!hasPython) skip("skipped: no Python 3.11 that can be moved");
    const script = join(folder, "unpacked ß", "install.sh");
    // killed while it copies; what is there then must not be used
    const killed = await pc.run("/bin/sh", [script], { killWhenWritten: join("app", ".") });
    expect(killed.code).toBeNull();
    const root = join(pc.home, ".cache", "parfocal");
    expect(existsSync(join(root, "bin", "parfocal"))).toBe(false);

    const installed = await pc.run("/bin/sh", [script]);
    expect(installed.code, installed.stderr).toBe(0);
    const command = join(root, "bin", "parfocal");
    expect(installed.stdout).toContain(`"${command}" run threshold image.tif`);
    expect(installed.stderr).toContain(`${root}/python/cpython-3.11`);

    const offline = join(folder, "offline");
    const ended = await pc.run(command, ["run", "threshold", blobs, "--output", offline]);
    expect(ended.code, ended.stderr).toBe(0);
    const usual = join(folder, "usual");
    expect((await cli(["run", "threshold", blobs, "--output", usual])).code).toBe(0);
    expect(readFileSync(join(offline, "blobs_labels.tif")).equals(readFileSync(join(usual, "blobs_labels.tif")))).toBe(true);

    const again = await pc.run("/bin/sh", [script]);
    expect(again.code, again.stderr).toBe(0);
    expect(readdirSync(join(root, "app")).filter((name) => /^[0-9a-f]{12}$/.test(name))).toHaveLength(1);
    expect(readdirSync(join(root, "app")).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  const install = async (path: string) => {
    const to = join(folder, "untouched");
    const ended = await cli(["bundle", "install", path, "--to", to, "--json"]);
    expect(existsSync(to), "nothing is written").toBe(false);
    const [error] = jsonLines(ended);
    expect(error).toMatchObject({ code: "BUNDLE_INVALID" });
    return String(error?.message);
  };

  /** A copy of the zip in which every place of some bytes has others, of the same length. */
  const edited = (name: string, from: string, to: string): string => {
    const path = join(folder, name);
    copyFileSync(zip, path);
    const content = readFileSync(path);
    let count = 0;
    for (let at = content.indexOf(from); at >= 0; at = content.indexOf(from, at + 1)) {
      content.write(to, at, "latin1");
      count += 1;
    }
    expect(count).toBeGreaterThan(0);
    writeFileSync(path, content);
    return path;
  };

  it("refuses a zip that is cut, edited, or no zip at all", async () => {
    const content = readFileSync(zip);
    const cut = join(folder, "cut.zip");
    writeFileSync(cut, content.subarray(0, content.length / 2));
    expect(await install(cut)).toMatch(/cut\.zip is not a whole bundle: .*end of central directory/i);
    // a wheel is stored as it is, so that its own bytes are in the zip
    const wheel = edited("edited.zip", "scipy/version.py", "scipy/versiom.py");
    expect(await install(wheel)).toMatch(/wheels\/scipy-1\.17\.1-\S+\.whl (was changed: its sha256 is|cannot be read)/);
    const text = join(folder, "text.zip");
    writeFileSync(text, "not a zip");
    expect(await install(text)).toContain("is not a whole bundle");
  });

  it("refuses a zip whose files would lie elsewhere", async () => {
    expect(await install(edited("slip.zip", "install.sh", "../evil.sh"))).toContain("../evil.sh");
    expect(existsSync(join(folder, "evil.sh"))).toBe(false);
  });

  it("refuses a folder from which a file is missing", async () => {
    rmSync(join(folder, "unpacked ß", "README.txt"));
    expect(await install(join(folder, "unpacked ß"))).toContain("README.txt is missing");
  });
});
