import { stripVTControlCharacters } from "node:util";
import { ParfocalError } from "../errors/parfocal-error.ts";

export interface ToolRun {
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Standard output, its first 4 MiB. */
  readonly stdout: string;
  /** Last lines of standard output and standard error, without colours. */
  readonly tail: readonly string[];
  /** Why the tool could not be started or was ended by us; null when it ran to its end. */
  readonly failure: "not-started" | "timeout" | "stalled" | null;
  readonly failureText: string;
}

export interface ToolOptions {
  readonly environment: Record<string, string>;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Ends the tool when this many milliseconds pass without `alive()` having changed and without output. */
  readonly stall?: { readonly afterMs: number; readonly alive: () => unknown };
  readonly onLine?: (line: string) => void;
  /** Receives all output as it comes. */
  readonly log?: (chunk: Buffer) => void;
}

const tailLength = 60;
const maxLine = 8192;
const maxStdout = 4 * 1024 * 1024;

/** Splits a stream of bytes into lines; a carriage return ends a line too, and overlong lines are cut. */
function lineSplitter(onLine: (line: string) => void): { push(chunk: Buffer): void; end(): void } {
  const decoder = new TextDecoder();
  let pending = "";
  const give = (line: string): void => {
    const plain = stripVTControlCharacters(line).trimEnd();
    if (plain !== "") onLine(plain);
  };
  return {
    push(chunk) {
      const parts = (pending + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r/);
      pending = (parts.pop() ?? "").slice(0, maxLine);
      for (const part of parts) give(part.slice(0, maxLine));
    },
    end: () => give(pending),
  };
}

/**
 * Runs a program to its end without a shell and never fails for its exit code. Aborting ends its whole process group.
 * @throws ParfocalError CANCELLED when the signal aborts.
 */
export async function runTool(file: string, args: readonly string[], options: ToolOptions): Promise<ToolRun> {
  throwIfCancelled(options.signal);
  const stop = new AbortController();
  let failure: ToolRun["failure"] = null;
  const end = (reason: ToolRun["failure"]): void => {
    failure ??= reason;
    stop.abort();
  };
  const cancel = (): void => stop.abort();
  options.signal?.addEventListener("abort", cancel, { once: true });

  const tail: string[] = [];
  let stdout = "";
  let lastSign = performance.now();
  const note = (line: string): void => {
    tail.push(line);
    if (tail.length > tailLength) tail.shift();
    options.onLine?.(line);
  };
  // loaded here because most calls of Parfocal start no tool, and loading it takes longer than all of core
  const { execa } = await import("execa");
  const subprocess = execa(file, args, {
    env: options.environment,
    extendEnv: false,
    stdin: "ignore",
    buffer: false,
    reject: false,
    killDescendants: true,
    cancelSignal: stop.signal,
    forceKillAfterDelay: 2000,
  });
  for (const [name, stream] of [
    ["stdout", subprocess.stdout],
    ["stderr", subprocess.stderr],
  ] as const) {
    const lines = lineSplitter(note);
    stream.on("data", (chunk: Buffer) => {
      lastSign = performance.now();
      options.log?.(chunk);
      if (name === "stdout" && stdout.length < maxStdout) stdout += chunk.toString("utf8");
      lines.push(chunk);
    });
    stream.on("end", lines.end);
  }

  const deadline = options.timeoutMs === undefined ? undefined : setTimeout(() => end("timeout"), options.timeoutMs);
  let seen = options.stall?.alive();
  const watch =
    options.stall &&
    setInterval(
      () => {
        const now = options.stall?.alive();
        if (now !== seen) lastSign = performance.now();
        seen = now;
        if (performance.now() - lastSign > (options.stall?.afterMs ?? 0)) end("stalled");
      },
      Math.min(1000, options.stall.afterMs / 4),
    );
  try {
    const result = await subprocess;
    throwIfCancelled(options.signal);
    if (failure === null && result.exitCode === undefined && result.signal === undefined) failure = "not-started";
    return {
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout,
      tail,
      failure,
      failureText: result.failed ? (result.originalMessage ?? result.shortMessage ?? "") : "",
    };
  } finally {
    clearTimeout(deadline);
    clearInterval(watch);
    options.signal?.removeEventListener("abort", cancel);
  }
}

/** @throws ParfocalError CANCELLED when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw new ParfocalError("CANCELLED", "setting up the environment was cancelled", {
    hint: "run the same command again; what was downloaded is kept",
    cause: signal.reason,
  });
}
