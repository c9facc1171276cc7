import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type LockEntry, type Locks, readPins } from "@parfocal/core";
import type { CompileRequest, Compiler, Wheel } from "./compile.ts";
import { inputsSha256 } from "./inputs-hash.ts";
import { cudaMajor, formatLock } from "./lock-text.ts";
import { type LockPlatform, lockPlatforms, platformsOf } from "./platforms.ts";
import { type LockRequest, readPyproject } from "./pyproject.ts";
import { suits } from "./wheel-tags.ts";

type Scale = (wheels: readonly Wheel[]) => Promise<{ downloadBytes: number | null; installedBytes: number }>;

export interface WriteOptions {
  readonly compiler: Compiler;
  readonly scale: Scale;
  /** Take the newest versions, not those of the present lock. */
  readonly upgrade: boolean;
  readonly say: (message: string) => void;
}

interface Written {
  readonly request: LockRequest;
  readonly text: string;
  readonly entry: LockEntry;
}

async function platformsFor(
  request: LockRequest,
  compile: CompileRequest,
  among: readonly LockPlatform[],
  options: WriteOptions,
) {
  if (request.platforms !== null) {
    const unknown = request.platforms.filter((key) => !lockPlatforms.some((platform) => platform.key === key));
    if (unknown.length > 0) throw new Error(`unknown platform ${unknown.join(", ")}`);
    return lockPlatforms.filter(({ key }) => request.platforms?.includes(key));
  }
  const found: LockPlatform[] = [];
  for (const platform of among) if (await options.compiler.resolves(compile, platform)) found.push(platform);
  if (found.length === 0) throw new Error(`no platform has wheels of all packages of ${request.name}`);
  return found;
}

async function writeLock(
  folder: string,
  request: LockRequest,
  all: readonly LockRequest[],
  pythonMinor: string,
  below: readonly Written[],
  options: WriteOptions,
): Promise<Written> {
  const { compiler } = options;
  const path = join(folder, `${request.name}.txt`);
  const compile: CompileRequest = {
    requirements: request.requirements,
    constraints: below.map(({ text }) => text),
    previous: !options.upgrade && existsSync(path) ? readFileSync(path, "utf8") : null,
    pythonMinor,
    torchBackend: request.torchBackend,
  };
  const among =
    request.accelerator === null
      ? lockPlatforms.filter(({ key }) => below.some(({ entry }) => key in entry.platforms))
      : platformsOf(request.accelerator);
  const platforms = await platformsFor(request, compile, among, options);
  const raw = await compiler.lock(compile, platforms);
  const wheels = await compiler.allWheels(raw, pythonMinor, platforms, request.torchBackend);
  const fitting = new Set(wheels.filter(({ file }) => suits(file, pythonMinor, platforms)).map(({ sha256 }) => sha256));
  const everyLockHas = (name: string): boolean => below.length > 0 && below.every(({ text }) => text.includes(`\n${name}==`));
  const text = formatLock(raw, request.requirements, {
    keepHash: (sha256) => fitting.has(sha256),
    keepPackage: (name) => !everyLockHas(name),
  });
  const { pins } = readPins(text);
  const sizes: LockEntry["platforms"] = {};
  for (const platform of platforms) {
    const chosen = await compiler.wheelsFor(text, pythonMinor, platform, request.torchBackend);
    const stray = chosen.find(({ sha256 }) => !pins.some(({ hashes }) => hashes.includes(sha256)));
    if (stray) throw new Error(`uv would install ${stray.file} on ${platform.key}, whose hash the lock lacks`);
    sizes[platform.key] = await options.scale(chosen);
  }
  writeFileSync(path, text);
  options.say(`${path}: ${pins.length} packages for ${platforms.map(({ key }) => key).join(", ")}`);
  const entry: LockEntry = {
    sha256: createHash("sha256").update(text).digest("hex"),
    inputsSha256: inputsSha256(request, all, pythonMinor),
    packages: pins.length,
    torchBackend: request.torchBackend,
    cuda: cudaMajor(pins),
    platforms: sizes,
  };
  return { request, text, entry };
}

/** Writes all locks of a module's folder and the locks.json beside them; locks that are no longer asked for are removed. */
export async function writeLocks(moduleFolder: string, options: WriteOptions): Promise<void> {
  const { pythonMinor, requests } = readPyproject(join(moduleFolder, "python", "pyproject.toml"));
  for (const profile of new Set(requests.map((request) => request.profile))) {
    const folder = join(moduleFolder, "python", "locks", profile);
    mkdirSync(folder, { recursive: true });
    const written: Written[] = [];
    for (const request of requests.filter((each) => each.profile === profile)) {
      const below = request.accelerator === null ? written.filter((each) => each.request.accelerator !== null) : [];
      written.push(await writeLock(folder, request, requests, pythonMinor, below, options));
    }
    const entries = (isExtra: boolean): Record<string, LockEntry> =>
      Object.fromEntries(
        written
          .filter(({ request }) => (request.accelerator === null) === isExtra)
          .map(({ request, entry }) => [request.name, entry]),
      );
    const locks: Locks = {
      locksVersion: 1,
      python: pythonMinor,
      uv: options.compiler.uvVersion,
      accelerators: entries(false),
      extras: entries(true),
    };
    writeFileSync(join(folder, "locks.json"), `${JSON.stringify(locks, null, 2)}\n`);
    for (const name of readdirSync(folder)) {
      if (name.endsWith(".txt") && !written.some(({ request }) => `${request.name}.txt` === name)) rmSync(join(folder, name));
    }
  }
}
