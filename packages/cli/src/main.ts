import { runCommand } from "citty";
import { type CliContext, writeJson } from "./context.ts";
import { resolveCommand, showHelp } from "./dispatch.ts";
import { createProgress, silentProgress } from "./terminal/progress.ts";
import { createTerminal, type TerminalStream } from "./terminal/terminal.ts";

export interface CliProcess {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Runs one command line.
 *
 * @param rawArguments arguments after the program's name
 * @returns the exit code; errors have been printed
 */
export async function runCli(rawArguments: readonly string[], owner: CliProcess): Promise<number> {
  const end = rawArguments.indexOf("--");
  const words = end < 0 ? rawArguments : rawArguments.slice(0, end);
  const has = (...names: string[]): boolean => words.some((word) => names.includes(word));
  const terminal = createTerminal({ ...owner, color: !has("--no-color") });
  const quiet = has("-q", "--quiet");
  const context: CliContext = {
    terminal,
    progress: quiet ? silentProgress : createProgress(terminal),
    cwd: owner.cwd,
    variables: owner.variables,
    signal: owner.signal,
    json: has("--json"),
    quiet,
    verbose: has("-v", "--verbose"),
  };
  try {
    if (has("--version") && words.every((word) => word.startsWith("-"))) return await invoke(["version"], context);
    return await invoke(rawArguments, context, has("-h", "--help"));
  } catch (error) {
    return reportFailure(error, context);
  }
}

async function invoke(rawArguments: readonly string[], context: CliContext, help = false): Promise<number> {
  const resolved = await resolveCommand(rawArguments);
  const { command } = resolved;
  if (command === null || help || command.subCommands) {
    await showHelp(resolved, context.terminal, context.cwd);
    return 0;
  }
  const { result } = await runCommand(command, { rawArgs: [...resolved.rawArguments], data: context });
  return typeof result === "number" ? result : 0;
}

async function reportFailure(thrown: unknown, context: CliContext): Promise<number> {
  const { exitCodeOf, toParfocalError } = await import("@parfocal/core");
  const { errorToJson, renderError } = await import("./terminal/error-block.ts");
  const error = toParfocalError(thrown);
  context.progress.clear();
  if (context.json) writeJson(context, errorToJson(error, null));
  context.terminal.err(renderError(error, context.terminal.errStyle, { verbose: context.verbose }));
  return exitCodeOf(error);
}

/** Entry point of the `parfocal` program: signals, streams and the exit code of this process. */
export async function main(): Promise<void> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, interrupt);
  // a reader that has seen enough, such as `head`, is no failure
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const { stdout, stderr, env } = process;
  process.exitCode = await runCli(process.argv.slice(2), {
    stdout,
    stderr,
    cwd: process.cwd(),
    variables: env,
    signal: controller.signal,
  });
}
