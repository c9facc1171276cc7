import type { Progress } from "./terminal/progress.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What every command gets beside its arguments. */
export interface CliContext {
  readonly terminal: Terminal;
  /** Progress on standard error; says nothing with `--quiet`. */
  readonly progress: Progress;
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Aborts when the user presses Ctrl-C. */
  readonly signal: AbortSignal;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Writes one JSON object as one line of standard output. */
export function writeJson(context: CliContext, value: unknown): void {
  context.terminal.out(`${JSON.stringify(value)}\n`);
}
