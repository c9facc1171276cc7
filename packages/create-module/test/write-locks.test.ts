import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython, findUv, locksSchema, readPins, readSettings } from "@parfocal/core";
import { execa } from "execa";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { checkLocks } from "../src/lock/check-locks.ts";
import { lockModule } from "../src/lock/lock-module.ts";
import { createWheelScale } from "../src/lock/wheel-bytes.ts";

/** A module's folder with these requirements, with a space in its name. */
function folderFor(requirements: readonly string[], { python = "", rest = "" } = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "pf write locks "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, python), { recursive: true });
  const head = '[project]\nname = "x"\nversion = "0"\nrequires-python = "==3.11.*"\n';
  writeFileSync(join(folder, python, "pyproject.toml"), `${head}dependencies = ${JSON.stringify(requirements)}\n${rest}`);
  return folder;
}

test("a small module is locked for every platform, measured, and in step; a second time nothing changes", async () => {
  const folder = folderFor(["tqdm==4.67.1"], { python: "python", rest: '[dependency-groups]\ntest = ["iniconfig", "tqdm"]\n' });
  const said: string[] = [];
  const written = await lockModule(folder, { onMessage: (message) => said.push(message) });

  const root = join(folder, "python", "locks", "default");
  const everywhere = ["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64", "win32-x64"];
  expect(written).toEqual([
    { path: join(root, "cpu.txt"), packages: 2, platforms: everywhere, leftOut: [] },
    { path: join(root, "test.txt"), packages: 1, platforms: everywhere, leftOut: [] },
  ]);
  const locks = locksSchema.parse(JSON.parse(readFileSync(join(root, "locks.json"), "utf8")));
  expect(Object.keys(locks.accelerators.cpu!.platforms)).toEqual(everywhere);
  const sizes = locks.accelerators.cpu!.platforms["linux-x64"]!;
  expect(sizes.downloadBytes).toBeGreaterThan(50_000);
  expect(sizes.installedBytes).toBeGreaterThan(sizes.downloadBytes!);
  expect(locks.accelerators.cpu!.platforms["win32-x64"]!.downloadBytes).toBeGreaterThan(sizes.downloadBytes!); // colorama

  const text = readFileSync(join(root, "cpu.txt"), "utf8");
  expect(readPins(text).pins.map(({ name, marker }) => [name, marker === null])).toEqual([
    ["colorama", false],
    ["tqdm", true],
  ]);
  expect(text).not.toMatch(/:\/\/|\b[a-z0-9-]+\.(org|com|io|net)\b/);
  const extra = readPins(readFileSync(join(root, "test.txt"), "utf8")).pins;
  expect(extra.map(({ name }) => name)).toEqual(["iniconfig"]);
  expect(checkLocks(folder)).toEqual([]);
  expect(said).toContain("cpu: asking for which platforms there are wheels");

  await lockModule(folder);
  expect(readFileSync(join(root, "cpu.txt"), "utf8")).toBe(text);
});

test("no pin is for another Python than the one asked for", async () => {
  const folder = folderFor(["scipy==1.17.1"], {
    rest: '[tool.parfocal.accelerators]\ncpu = { requirements = [], platforms = ["linux-x64"] }\n',
  });
  await lockModule(folder);
  const { pins } = readPins(readFileSync(join(folder, "locks", "default", "cpu.txt"), "utf8"));
  expect(pins.map(({ name, marker }) => [name, marker])).toEqual([
    ["numpy", null],
    ["scipy", null],
  ]);
});

test("a folder without python/ is locked where it lies; platforms without wheels are left out and named", async () => {
  const folder = folderFor(["pywin32==310"]);
  const [cpu] = await lockModule(folder);
  expect(cpu).toMatchObject({ path: join(folder, "locks", "default", "cpu.txt"), platforms: ["win32-x64"] });
  expect(cpu!.leftOut.map(({ platform }) => platform)).toEqual(["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"]);
  expect(cpu!.leftOut[0]!.reason).toMatch(/^pywin32==310 has no wheels with a matching platform tag/);
  expect(checkLocks(folder)).toEqual([]);
});

test("a folder of wheels stands in for the index, and is what the lock is measured by", async () => {
  const wheelhouse = mkdtempSync(join(tmpdir(), "pf wheel house "));
  onTestFinished(() => rmSync(wheelhouse, { recursive: true, force: true }));
  const settings = readSettings();
  const python = await findPython(settings, "3.11", await findUv(settings));
  await execa(python.path, ["-m", "pip", "download", "--quiet", "--no-deps", "-d", wheelhouse, "iniconfig==2.1.0"]);
  const folder = folderFor(["iniconfig"]);
  const [cpu] = await lockModule(folder, { settings: { offline: true, wheelhouse: [wheelhouse] } });
  expect(cpu).toMatchObject({ packages: 1, leftOut: [] });
  const text = readFileSync(join(folder, "locks", "default", "locks.json"), "utf8");
  const sizes = locksSchema.parse(JSON.parse(text)).accelerators.cpu!.platforms["win32-x64"]!;
  expect(sizes.installedBytes).toBeGreaterThan(10_000);
  expect(readFileSync(cpu!.path, "utf8")).toContain("iniconfig==2.1.0 \\\n    --hash=sha256:");
});

test("wheels are measured through a proxy where there is no other way", async () => {
  const wheelhouse = mkdtempSync(join(tmpdir(), "pf proxied "));
  onTestFinished(() => rmSync(wheelhouse, { recursive: true, force: true }));
  const settings = readSettings();
  const python = await findPython(settings, "3.11", await findUv(settings));
  await execa(python.path, ["-m", "pip", "download", "--quiet", "--no-deps", "-d", wheelhouse, "iniconfig==2.1.0"]);
  const [file] = readdirSync(wheelhouse);
  const asked: string[] = [];
  const proxy = createServer(({ url = "" }, response) => {
    asked.push(url);
    response.end(readFileSync(join(wheelhouse, file!)));
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void proxy.close());
  vi.stubEnv("http_proxy", `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
  onTestFinished(() => void vi.unstubAllEnvs());
  const location = `http://wheels.invalid/${file}`;
  const wheel = { package: "iniconfig", file: file!, location, bytes: 1, sha256: "a".repeat(64) };
  const { installedBytes } = await createWheelScale((message) => expect.fail(message))([wheel]);
  expect(installedBytes).toBeGreaterThan(10_000);
  expect(asked).toEqual([location]);
});

test("wheels that cannot be measured are locked all the same, and that is said once", async () => {
  const server = createServer((_, response) => response.writeHead(403).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const warnings: string[] = [];
  const scale = createWheelScale((message) => warnings.push(message));
  const wheel = (name: string, bytes: number) => {
    const file = `${name}-1-py3-none-any.whl`;
    return { package: name, file, location: `http://127.0.0.1:${port}/${file}`, bytes, sha256: name.repeat(64) };
  };
  expect(await scale([wheel("a", 10), wheel("b", 20)])).toEqual({ downloadBytes: 30, installedBytes: null });
  expect(warnings).toEqual([
    expect.stringMatching(/^sizes are left out of the lock: a-1-py3-none-any.whl .*: the server answered 403$/),
  ]);
});

describe("what cannot be locked is explained in uv's words, with one thing to do, and nothing is written", () => {
  test.each([
    [
      ["no-such-package-of-parfocal"],
      /no-such-package-of-parfocal was not found/,
      "correct the name no-such-package-of-parfocal",
    ],
    [
      ["scipy==1.4.1"],
      /Because scipy==1.4.1 has no usable wheels and you require scipy==1.4.1/,
      "ask for a version that has wheels",
    ],
    [["scikit-image", "numpy<1.20"], /\n {2}And because .*you require scikit-image/, "loosen one of these requirements"],
    [["tqdm==4.67.1", "tqdm<4"], /tqdm==4.67.1 and tqdm<4/, "loosen one of these requirements"],
  ])("%j", async (requirements, message, hint) => {
    const folder = folderFor(requirements);
    await expect(lockModule(folder)).rejects.toMatchObject({
      code: "LOCK_FAILED",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
    expect(existsSync(join(folder, "locks"))).toBe(false);
  });

  test("without the network", async () => {
    const folder = folderFor(["tqdm"]);
    await expect(lockModule(folder, { settings: { offline: true, wheelhouse: [] } })).rejects.toMatchObject({
      code: "ENV_NETWORK",
      message: expect.stringContaining("downloads are off, and tqdm is in no wheel folder"),
      hint: expect.stringContaining("put the wheels into the folder that PARFOCAL_WHEELHOUSE names"),
    });
    const settings = { index: "http://127.0.0.1:9/simple", wheelhouse: [] };
    await expect(lockModule(folder, { settings })).rejects.toMatchObject({ code: "ENV_NETWORK" });
  });

  test("without a pyproject.toml", async () => {
    await expect(lockModule(tmpdir())).rejects.toMatchObject({
      code: "MODULE_INVALID",
      message: expect.stringContaining("there is nothing to lock"),
    });
  });

  test("when it is cancelled", async () => {
    const signal = AbortSignal.abort();
    await expect(lockModule(folderFor(["tqdm"]), { signal })).rejects.toMatchObject({ code: "CANCELLED" });
    const controller = new AbortController();
    const folder = folderFor(["tqdm"]);
    const onMessage = (message: string) => {
      if (message.includes("measuring the wheels")) controller.abort();
    };
    await expect(lockModule(folder, { signal: controller.signal, onMessage })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(existsSync(join(folder, "locks"))).toBe(false);
  });
});
