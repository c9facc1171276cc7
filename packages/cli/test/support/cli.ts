import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const bin = fileURLToPath(new URL("../../bin/parfocal.js", import.meta.url));
if (!existsSync(new URL("../../dist/main.js", import.meta.url))) throw new Error("build first: `pnpm run build`");

const usualDeadlineMs = 120_000;

/** Folder of the workspace's modules. */
export const workspace = fileURLToPath(new URL("../../../../", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** Working folder. Default: this package's, whose node_modules hold the modules. */
  readonly cwd?: string;
  readonly variables?: Readonly<Record<string, string | undefined>>;
  /** Until it is killed. Default: two minutes. */
  readonly deadlineMs?: number;
}

export interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error holds this text. */
  saw(text: string): Promise<void>;
}

/** Starts the built command as a process of its own. */
export function startCli(
  args: readonly string[],
  { cwd = join(workspace, "packages/cli"), variables = {}, deadlineMs = usualDeadlineMs }: StartOptions = {},
): Started {
  const child = spawn(process.execPath, [bin, ...args], { cwd, env: { ...process.env, NODE_OPTIONS: "", CI: "", ...variables } });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  // a command that hangs is a failure of its own, with what it said so far
  const deadline = setTimeout(() => child.kill("SIGKILL"), deadlineMs);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(deadline);
      if (signal === "SIGKILL") reject(new Error(`parfocal ${args.join(" ")} did not end:\n${stdout}\n${stderr}`));
      else resolve({ code, stdout, stderr });
    });
  });
  return {
    child,
    ended,
    saw(text) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          if (!stderr.includes(text)) return;
          child.stderr.off("data", look);
          resolve();
        };
        child.stderr.on("data", look);
        void ended.then(() => reject(new Error(`ended without "${text}":\n${stderr}`)));
        look();
      });
    },
  };
}

/** Runs the built command to its end. */
export function cli(args: readonly string[], options?: StartOptions): Promise<Ended> {
  return startCli(args, options).ended;
}

/** The JSON objects on standard output, one a line; fails on anything else there. */
export function jsonLines({ stdout }: Ended): Record<string, unknown>[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A new folder that goes away after the running test; its name has a space and an umlaut. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "parfocal cli ü "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
