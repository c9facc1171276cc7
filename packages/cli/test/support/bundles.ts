import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createWriteStream, mkdirSync, readdirSync, readFileSync, symlinkSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { findPython, findUv, readPins, readSettings } from "@parfocal/core";
import { type OpenBundle, openBundle } from "@parfocal/offline";
import { execa } from "execa";
import type { Ended } from "./cli.ts";

/** A stand-in for a build of Python that can be moved: this machine's own; null where there is none. */
export async function standInPython(minor: string): Promise<string | null> {
  const settings = readSettings();
  const { path } = await findPython(settings, minor, await findUv(settings));
  const folder = dirname(dirname(path));
  // one of the operating system is spread over /usr
  return /^\/usr(\/local)?$/.test(folder) ? null : folder;
}

/** Whether this process may start others without a network. */
export async function canCutNetwork(): Promise<boolean> {
  const { exitCode } = await execa("unshare", ["-n", "true"], { reject: false });
  return exitCode === 0;
}

const tools = ["sh", "dirname", "mktemp", "cp", "chmod", "rm", "readlink"];

/** A PC that has nothing but a shell: no network, no Node, no uv, no Python, a home of its own. */
export interface BarePc {
  readonly home: string;
  /** Runs a program there; all of it is killed as soon as a path with this text in it is written below its home. */
  run(file: string, args: readonly string[], options?: { killWhenWritten?: string }): Promise<Ended>;
}

/** Makes such a PC below a folder. */
export function createBarePc(folder: string): BarePc {
  const home = join(folder, "heim é");
  const bin = join(folder, "bin");
  mkdirSync(home, { recursive: true });
  mkdirSync(bin);
  for (const tool of tools) symlinkSync(`/usr/bin/${tool}`, join(bin, tool));
  return {
    home,
    run(file, args, { killWhenWritten } = {}) {
      return new Promise((resolve, reject) => {
        const child = spawn("/usr/bin/unshare", ["-n", file, ...args], {
          cwd: folder,
          env: { HOME: home, PATH: bin },
          detached: true,
        });
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
        child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
        const watcher =
          killWhenWritten === undefined
            ? null
            : watch(home, { recursive: true }, (_event, name) => {
                if (name?.includes(killWhenWritten) && child.exitCode === null) process.kill(-(child.pid ?? 0), "SIGKILL");
              });
        child.on("close", () => watcher?.close());
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, stdout, stderr }));
      });
    },
  };
}

/**
 * Compares a bundle with the lock of a module: every pin that holds on the platform has a wheel whose bytes have a hash that the lock names, and
 * nothing else is there for it.
 *
 * @returns names of the packages that have a wheel.
 */
export async function wheelsOfLock(bundle: OpenBundle, lockFile: string): Promise<string[]> {
  const { pins } = readPins(readFileSync(lockFile, "utf8"));
  const hashOf = new Map(
    bundle.manifest.files.filter(({ path }) => path.startsWith("wheels/")).map(({ path, sha256 }) => [sha256, path]),
  );
  const found: string[] = [];
  for (const { name, hashes } of pins) {
    const paths = hashes.flatMap((hash) => hashOf.get(hash) ?? []);
    for (const path of paths) {
      const hash = createHash("sha256");
      for await (const chunk of await bundle.read(path)) hash.update(chunk as Buffer);
      if (!hashes.includes(hash.digest("hex"))) throw new Error(`${path} is not what the lock names`);
    }
    if (paths.length > 0) found.push(name);
  }
  return found;
}

/** All hashes that a lock names. */
export function hashesOfLock(lockFile: string): string[] {
  return readPins(readFileSync(lockFile, "utf8")).pins.flatMap(({ hashes }) => hashes);
}

/** Names that uv gives to the platforms of bundles. */
const uvPlatforms: Readonly<Record<string, string>> = {
  "win32-x64": "x86_64-pc-windows-msvc",
  "darwin-arm64": "aarch64-apple-darwin",
  "linux-x64": "x86_64-manylinux_2_28",
};

/**
 * Lets uv install a lock from a bundle's wheels alone, for the bundle's platform, into an empty folder: hashes required, no index.
 *
 * @returns names of the packages that it installed.
 * @throws Error with uv's words when a wheel is missing or does not fit.
 */
export async function installedByUv(bundle: OpenBundle, lockFile: string, folder: string): Promise<string[]> {
  const wheels = join(folder, "wheels");
  mkdirSync(wheels, { recursive: true });
  for (const { path } of bundle.manifest.files.filter((file) => file.path.startsWith("wheels/"))) {
    await pipeline(await bundle.read(path), createWriteStream(join(folder, path)));
  }
  const platform = uvPlatforms[bundle.manifest.platform] ?? "";
  const { python = "" } = bundle.manifest.modules[0] ?? {};
  const target = join(folder, "target");
  const args = ["pip", "install", "--no-config", "--no-index", "--find-links", wheels, "--require-hashes", "--no-deps"];
  const rest = ["--only-binary", ":all:", "--python-platform", platform, "--python-version", python, "--target", target];
  await execa((await findUv(readSettings())).path, [...args, ...rest, "-r", lockFile], {
    // uv assumes macOS 13 where it cannot look; ONNX Runtime's wheels need 14
    env: { UV_CACHE_DIR: join(folder, "cache"), MACOSX_DEPLOYMENT_TARGET: "14.0" },
  });
  return readdirSync(target)
    .filter((name) => name.endsWith(".dist-info"))
    .map((name) => (/^(.+?)-[^-]+\.dist-info$/.exec(name)?.[1] ?? name).toLowerCase().replaceAll("_", "-"))
    .sort();
}

/** First bytes of a file of a bundle. */
export async function firstBytes(bundle: OpenBundle, path: string, count: number): Promise<string> {
  const stream = await bundle.read(path);
  for await (const chunk of stream) return (chunk as Buffer).subarray(0, count).toString("latin1");
  return "";
}

/** Path of a module's lock. */
export function lockOf(module: string, name: string): string {
  return fileURLToPath(new URL(`../../../../modules/${module}/python/locks/default/${name}.txt`, import.meta.url));
}

export { openBundle };
