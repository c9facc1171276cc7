import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type LockEntry, type Locks, ParfocalError, platformKey, pythonFolder, readPins, writeAtomically } from "@parfocal/core";
import type { CompileRequest, Compiler } from "./compile.ts";
import { inputsSha256 } from "./inputs-hash.ts";
import { cudaMajor, formatLock } from "./lock-text.ts";
import { type LockPlatform, lockPlatforms, platformsOf } from "./platforms.ts";
import { type LockRequest, readPyproject } from "./pyproject.ts";
import type { Scale } from "./wheel-bytes.ts";
import { suits } from "./wheel-tags.ts";

export interface WriteOptions {
  readonly compiler: Compiler;
  readonly scale: Scale;
  /** Take the newest versions, not those of the present lock. */
  readonly upgrade: boolean;
  /** What is being done right now. */
  readonly onMessage: (message: string) => void;
}

/** A lock file that was written. */
export interface WrittenLock {
  readonly path: string;
  readonly packages: number;
  /** Platforms that it is for, as `platformKey()` says them. */
  readonly platforms: readonly string[];
  /** Platforms that it cannot be for, and why. */
  readonly leftOut: readonly { readonly platform: string; readonly reason: string }[];
}

interface MadeLock extends WrittenLock {
  readonly request: LockRequest;
  readonly text: string;
  readonly entry: LockEntry;
}

type Platforms = { readonly found: readonly LockPlatform[]; readonly leftOut: WrittenLock["leftOut"] };

async function platformsFor(
  request: LockRequest,
  compile: CompileRequest,
  among: readonly LockPlatform[],
  { compiler }: WriteOptions,
): Promise<Platforms> {
  if (request.platforms !== null) {
    return { found: lockPlatforms.filter(({ key }) => request.platforms?.includes(key)), leftOut: [] };
  }
  const answers = await Promise.all(
    among.map(async (platform) => ({ platform, problem: await compiler.problemOn(compile, platform) })),
  );
  const found = answers.flatMap(({ platform, problem }) => (problem === null ? [platform] : []));
  const failed = answers.flatMap(({ platform, problem }) => (problem === null ? [] : [{ platform: platform.key, ...problem }]));
  if (found.length === 0) throw (failed.find(({ platform }) => platform === platformKey()) ?? failed[0])!.error;
  return { found, leftOut: failed.map(({ platform, reason }) => ({ platform, reason })) };
}

async function makeLock(
  folder: string,
  request: LockRequest,
  all: readonly LockRequest[],
  pythonMinor: string,
  below: readonly MadeLock[],
  options: WriteOptions,
): Promise<MadeLock> {
  const { compiler, onMessage } = options;
  const path = join(folder, `${request.name}.txt`);
  const previous = existsSync(path) ? readFileSync(path, "utf8") : null;
  const compile: CompileRequest = {
    name: request.profile === "default" ? request.name : `${request.profile}/${request.name}`,
    requirements: request.requirements,
    constraints: below.map(({ text }) => text),
    previous: options.upgrade ? null : previous,
    pythonMinor,
    torchBackend: request.torchBackend,
  };
  const among =
    request.accelerator === null
      ? lockPlatforms.filter(({ key }) => below.some(({ entry }) => key in entry.platforms))
      : platformsOf(request.accelerator);
  onMessage(`${compile.name}: asking for which platforms there are wheels`);
  const { found: platforms, leftOut } = await platformsFor(request, compile, among, options);
  onMessage(`${compile.name}: choosing versions for ${platforms.map(({ key }) => key).join(", ")}`);
  const raw = await compiler.lock(compile, platforms);
  onMessage(`${compile.name}: reading the hashes of all wheels`);
  const wheels = await compiler.allWheels(raw, compile, platforms);
  const fitting = new Set(wheels.filter(({ file }) => suits(file, pythonMinor, platforms)).map(({ sha256 }) => sha256));
  const everyLockHas = (name: string): boolean => below.length > 0 && below.every(({ text }) => text.includes(`\n${name}==`));
  const text = formatLock(raw, request.requirements, {
    keepHash: (sha256) => fitting.has(sha256),
    keepPackage: (name) => !everyLockHas(name),
    previous,
  });
  const { pins } = readPins(text);
  const sizes: LockEntry["platforms"] = {};
  for (const platform of platforms) {
    onMessage(`${compile.name}: measuring the wheels for ${platform.key}`);
    const chosen = await compiler.wheelsFor(text, compile, platform);
    const stray = chosen.find(({ sha256 }) => !pins.some(({ hashes }) => hashes.includes(sha256)));
    if (stray) {
      throw new ParfocalError("LOCK_FAILED", `uv would install ${stray.file} on ${platform.key}, whose hash the lock lacks`, {
        hint: "use an index or a wheel folder that holds the same files for everybody, then lock again",
        details: { step: "lock", outputTail: [], logPath: null },
      });
    }
    sizes[platform.key] = await options.scale(chosen);
  }
  const entry: LockEntry = {
    sha256: createHash("sha256").update(text).digest("hex"),
    inputsSha256: inputsSha256(request, all, pythonMinor),
    packages: pins.length,
    torchBackend: request.torchBackend,
    cuda: cudaMajor(pins),
    platforms: sizes,
  };
  return { request, text, entry, path, packages: pins.length, platforms: platforms.map(({ key }) => key), leftOut };
}

function writeText(path: string, text: string): Promise<void> {
  return writeAtomically(path, (file) => file.append(Buffer.from(text)));
}

async function writeProfile(folder: string, made: readonly MadeLock[], python: string, uv: string): Promise<void> {
  const entries = (isExtra: boolean): Record<string, LockEntry> => {
    const own = made.filter(({ request }) => (request.accelerator === null) === isExtra);
    return Object.fromEntries(own.map(({ request, entry }) => [request.name, entry]));
  };
  const locks: Locks = { locksVersion: 1, python, uv, accelerators: entries(false), extras: entries(true) };
  mkdirSync(folder, { recursive: true });
  for (const { path, text } of made) await writeText(path, text);
  await writeText(join(folder, "locks.json"), `${JSON.stringify(locks, null, 2)}\n`);
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".txt") && !made.some(({ request }) => `${request.name}.txt` === name)) rmSync(join(folder, name));
  }
}

/**
 * Writes all locks of a module's folder and the locks.json beside them; locks that are no longer asked for are removed. Nothing is
 * written unless all of a profile's locks could be made.
 *
 * @throws ParfocalError MODULE_INVALID, LOCK_FAILED, ENV_NETWORK, OUTPUT_UNWRITABLE and what the compiler throws.
 */
export async function writeLocks(moduleFolder: string, options: WriteOptions): Promise<WrittenLock[]> {
  const python = pythonFolder(moduleFolder);
  const { pythonMinor, requests } = readPyproject(join(python, "pyproject.toml"));
  const written: WrittenLock[] = [];
  for (const profile of new Set(requests.map((request) => request.profile))) {
    const folder = join(python, "locks", profile);
    const made: MadeLock[] = [];
    for (const request of requests.filter((each) => each.profile === profile)) {
      const below = request.accelerator === null ? made.filter((each) => each.request.accelerator !== null) : [];
      made.push(await makeLock(folder, request, requests, pythonMinor, below, options));
    }
    await writeProfile(folder, made, pythonMinor, options.compiler.uvVersion);
    for (const { path, packages, platforms, leftOut } of made) written.push({ path, packages, platforms, leftOut });
  }
  return written;
}
