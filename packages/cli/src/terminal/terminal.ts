import { createStyle, type Style } from "./style.ts";

/** Where a command writes: data on `out`, everything else on `err`. */
export interface Terminal {
  /** Writes data to standard output. */
  out(text: string): void;
  /** Writes talk to standard error. */
  err(text: string): void;
  /** True when progress bars may be drawn on standard error. */
  readonly live: boolean;
  /** Width of standard error in characters. */
  readonly columns: number;
  /** Style of standard output. */
  readonly outStyle: Style;
  /** Style of standard error. */
  readonly errStyle: Style;
}

/** The part of a stream that is looked at; `process.stdout` and `process.stderr` fit. */
export interface TerminalStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** False after `--no-color`. */
  readonly color: boolean;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

/**
 * Colour needs a terminal and is off with `--no-color`, `NO_COLOR` and `TERM=dumb`; bars are also off where `CI` is set,
 * since a CI log keeps every redraw.
 */
export function createTerminal({ stdout, stderr, variables, color }: TerminalOptions): Terminal {
  const dumb = variables.TERM === "dumb";
  const mayColor = color && !dumb && !isSet(variables.NO_COLOR);
  const isCi = isSet(variables.CI) && variables.CI !== "false" && variables.CI !== "0";
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    live: stderr.isTTY === true && !dumb && !isCi,
    get columns() {
      // some terminals say 0 where they mean that they do not know
      return stderr.columns || 80;
    },
    outStyle: createStyle(mayColor && stdout.isTTY === true),
    errStyle: createStyle(mayColor && stderr.isTTY === true),
  };
}
