import { readFileSync } from "node:fs";
import { join } from "node:path";
import { classifyFailure, ParfocalError, type Settings, type Uv, uvEnvironment } from "@parfocal/core";
import { execa } from "execa";

/** What one `uv pip compile` came to. */
export type CompileOutcome = { readonly text: string } | { readonly failure: string };

export interface CompileCall {
  readonly uv: Uv;
  /** Interpreter that uv asks for what it cannot know of a Python itself. */
  readonly python: string;
  readonly settings: Settings;
  /** Folder with the input files, private to this call. */
  readonly folder: string;
  readonly args: readonly string[];
  /** uv's name for the builds of torch that are wanted. */
  readonly torchBackend: string | null;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `uv pip compile`, a second time with the system's certificate authorities when a certificate was not trusted.
 *
 * @throws ParfocalError CANCELLED when the signal aborts.
 */
export async function runCompile(call: CompileCall): Promise<CompileOutcome> {
  const first = await compileOnce(call, uvEnvironment(call.settings));
  if ("text" in first || classifyFailure(first.failure, call.settings).code !== "ENV_TLS") return first;
  return compileOnce(call, uvEnvironment(call.settings, process.env, { systemCerts: true }));
}

/** @throws ParfocalError CANCELLED when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new ParfocalError("CANCELLED", "locking was cancelled", {
    hint: "run the same command again; the locks are as they were",
    cause: signal.reason,
  });
}

async function compileOnce(call: CompileCall, environment: Record<string, string>): Promise<CompileOutcome> {
  const { uv, python, settings, folder, args, torchBackend, signal } = call;
  const output = join(folder, args.includes("pylock.toml") ? "pylock.toml" : "lock.txt");
  const all = [
    ...["pip", "compile", "--quiet", ...args, "--python", python],
    ...(settings.offline ? ["--offline", "--no-index"] : settings.index === undefined ? [] : ["--default-index", settings.index]),
    ...settings.wheelhouse.flatMap((place) => ["--find-links", place]),
    ...(torchBackend === null || settings.offline ? [] : ["--torch-backend", torchBackend]),
    ...["--output-file", output],
  ];
  // the platforms of the lock are in the call's own pyproject.toml, which uv reads only while it reads configuration: nobody else's is left to read
  const { UV_NO_CONFIG: _, ...rest } = environment;
  const nowhere = join(folder, "no-configuration");
  const foreign = { XDG_CONFIG_HOME: nowhere, XDG_CONFIG_DIRS: nowhere, APPDATA: nowhere, PROGRAMDATA: nowhere };
  // wheels say on which macOS they run; the oldest that is still looked after stands for all
  const env = { ...rest, ...foreign, MACOSX_DEPLOYMENT_TARGET: "14.0" };
  const run = await execa(uv.path, all, {
    cwd: folder,
    env,
    extendEnv: false,
    reject: false,
    ...(signal && { cancelSignal: signal }),
  });
  throwIfCancelled(signal);
  if (run.exitCode === 0) return { text: readFileSync(output, "utf8") };
  return { failure: run.stderr || run.shortMessage || "uv failed" };
}
