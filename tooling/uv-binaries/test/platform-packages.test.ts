import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uvPlatform } from "../../../packages/core/src/environment/uv-platform.ts";
import { fetchWheel } from "../src/fetch-wheel.ts";
import { platformPackages, uvDependencies } from "../src/platform-packages.ts";
import { writePackage } from "../src/write-package.ts";

const packages = platformPackages();
const find = (wanted: string) => packages.find(({ platform }) => platform === wanted)!;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal uv packages "));
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("says of every package where npm may install it, and uv's version", () => {
  expect(find("linux-arm64-musl").manifest).toMatchObject({
    name: "@parfocal/uv-linux-arm64-musl",
    os: ["linux"],
    cpu: ["arm64"],
    libc: ["musl"],
  });
  expect(find("linux-x64").manifest.libc).toEqual(["glibc"]);
  expect(find("win32-x64").manifest).toMatchObject({ os: ["win32"], cpu: ["x64"], files: expect.arrayContaining(["bin"]) });
  expect(find("win32-x64").manifest.libc).toBeUndefined();
  expect(Object.keys(uvDependencies())).toHaveLength(8);
  for (const version of Object.values(uvDependencies())) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
});

it("puts them into the packed core, at exactly this version, and into no other package", async () => {
  const packed = async (folder: string): Promise<Record<string, unknown>> => {
    const cwd = fileURLToPath(new URL(`../../../packages/${folder}/`, import.meta.url));
    const target = join(root, folder);
    await execa("pnpm", ["pack", "--pack-destination", target], { cwd });
    const { version, name } = JSON.parse(await readFile(join(cwd, "package.json"), "utf8"));
    const tarball = `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
    return JSON.parse((await execa("tar", ["-xzOf", tarball, "package/package.json"], { cwd: target })).stdout);
  };
  expect((await packed("core")).optionalDependencies).toEqual(uvDependencies());
  expect((await packed("io")).optionalDependencies).toBeUndefined();
});

it("takes no wheel with another hash than the pinned one", async () => {
  const { wheel } = find("linux-x64");
  const wrong = fetchWheel({ ...wheel, sha256: "0".repeat(64) });
  await expect(wrong).rejects.toThrow(/pip could not fetch uv-.*(HASHES|hash)/s);
});

describe.each([uvPlatform(), "win32-x64", "darwin-arm64", "linux-arm64-musl"])("the package for %s", (platform) => {
  const each = find(platform);
  let folder: string;
  let tarball: string;

  beforeAll(async () => {
    folder = join(root, platform);
    await writePackage(each, await fetchWheel(each.wheel), folder);
    await execa("pnpm", ["pack", "--pack-destination", root], { cwd: folder });
    tarball = `parfocal-uv-${platform}-${each.manifest.version}.tgz`;
  });

  it("holds a program that may be started, both licences, and nothing that runs by itself", async () => {
    const { stdout } = await execa("tar", ["-tvzf", tarball], { cwd: root });
    const modes = new Map(stdout.split("\n").map((line) => [line.split(" package/")[1], line.slice(0, 10)]));
    expect([...modes.keys()].sort()).toEqual(["LICENSE-APACHE", "LICENSE-MIT", "README.md", each.program, "package.json"].sort());
    expect(modes.get(each.program)).toBe("-rwxr-xr-x");
    expect((await stat(join(folder, each.program))).size).toBeGreaterThan(10_000_000);
    expect(await readFile(join(folder, "LICENSE-MIT"), "utf8")).toContain("Permission is hereby granted");
    expect(await readFile(join(folder, "LICENSE-APACHE"), "utf8")).toContain("Apache License");
    expect(JSON.parse(await readFile(join(folder, "package.json"), "utf8")).scripts).toBeUndefined();
    const lint = await execa("publint", ["run", join(root, tarball), "--strict"], {
      preferLocal: true,
      reject: false,
      all: true,
    });
    expect(lint.exitCode, lint.all).toBe(0);
  });

  if (platform === uvPlatform()) {
    it("is uv", async () => {
      const { stdout } = await execa(join(folder, each.program), ["--version"]);
      expect(stdout).toMatch(new RegExp(`^uv ${each.manifest.version}`));
    });
  }
});
