/**
 * The `parfocal` command as a function: `runCli(["run", "stardist", "nuclei.tif"], ...)`.
 *
 * @module
 */
export { type CliProcess, runCli } from "./main.ts";
export type { TerminalStream } from "./terminal/terminal.ts";
