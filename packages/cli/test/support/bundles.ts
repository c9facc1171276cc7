import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, watch } from "node:fs";
import { dirname, join } from "node:path";
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
