import { resolve } from "node:path";
import { type Module, type Params, ParfocalError, readSettings } from "@parfocal/core";
import type { ReadPartOptions } from "@parfocal/io";
import type { ArgsDef } from "citty";
import { type LabelFormat, readLabelFormat } from "../inputs/label-formats.ts";
import { readReadingOptions } from "../inputs/reading-options.ts";
import { readSave, type SaveKind } from "../inputs/save-kinds.ts";
import { namedModule } from "../modules/named-module.ts";
import { flagsOf, globalOptions } from "../options/command-options.ts";
import { readModuleLine } from "../options/module-line.ts";
import { parseArguments } from "../options/parse-arguments.ts";
import { usageError } from "../options/usage-error.ts";
import type { DaemonUse } from "../run/start-worker.ts";
import { devicePattern, runArgs } from "./run-options.ts";

/** A command line of `run`, read and checked. */
export interface RunArguments {
  readonly module: Module;
  readonly inputs: readonly string[];
  /** Every parameter, defaults filled in. */
  readonly params: Params;
  readonly device: string;
  readonly output: string | undefined;
  readonly reading: ReadPartOptions;
  readonly format: LabelFormat | undefined;
  readonly overlay: boolean;
  readonly save: ReadonlySet<SaveKind>;
  /** Undefined: for more than one image. */
  readonly qc: boolean | undefined;
  readonly timeoutMs: number | undefined;
  readonly offline: boolean;
  readonly keepFilesIn: string | undefined;
  readonly daemon: DaemonUse;
  /** Leave out what was done before with the same parameters. */
  readonly resume: boolean;
  /** Only say what would be done. */
  readonly dryRun: boolean;
}

/** Seconds as the command line gives them, in milliseconds. */
export function readTimeout(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!(seconds > 0 && Number.isFinite(seconds)))
    throw usageError(`--timeout takes seconds above 0, not "${text}"`, "write for example --timeout 60");
  return seconds * 1000;
}

/** `--daemon` starts one if need be, `--no-daemon` does without; else what is configured. */
function readDaemonUse(flag: boolean | undefined): DaemonUse {
  if (flag === undefined) return readSettings().daemon;
  return flag ? "auto" : "never";
}

/** A device as the command line gives it. */
export function readDevice(text = "auto"): string {
  if (devicePattern.test(text)) return text;
  throw usageError(
    `--device takes auto, cpu, cuda, cuda:N, directml or mps, not "${text}"`,
    "leave it away to let Parfocal choose",
  );
}

/**
 * Finds the module that a command line names. Its parameters are flags only after that, so flags of its own must come behind its name.
 *
 * @returns null where no module is named
 * @throws ParfocalError MODULE_NOT_FOUND, MODULE_AMBIGUOUS, MODULE_INVALID, USAGE
 */
export async function findNamedModule(
  rawArguments: readonly string[],
  cwd: string,
  { command, args }: { /** The command with its positional arguments. */ readonly command: string; readonly args: ArgsDef } = {
    command: "run MODULE INPUT...",
    args: runArgs,
  },
): Promise<{ readonly module: Module; readonly rest: readonly string[] } | null> {
  const options = flagsOf({ ...args, ...globalOptions });
  const { positionals, flags, rest } = parseArguments(rawArguments, options, {
    stopAfterPositionals: 1,
    onUnknown: (typed) =>
      usageError(`${typed} comes before the module's name`, `write \`parfocal ${command}\` and the module's parameters after it`),
  });
  const [name] = positionals;
  if (name === undefined) return null;
  const module = await namedModule(name, cwd);
  const before = flags.flatMap(({ typed, value }) => (value === true ? [typed] : [typed, String(value)]));
  return { module, rest: [...before, ...rest] };
}

/**
 * Reads a whole command line of `run` and checks all that can be checked without touching an image or Python.
 *
 * @throws ParfocalError USAGE, PARAMS_INVALID, MODULE_NOT_FOUND, MODULE_AMBIGUOUS, MODULE_INVALID
 */
export async function readRunArguments(rawArguments: readonly string[], cwd: string): Promise<RunArguments> {
  const named = await findNamedModule(rawArguments, cwd);
  if (named === null)
    throw usageError("`parfocal run` needs MODULE and INPUT", "`parfocal list` shows the modules that are installed");
  const { module, rest } = named;
  if (module.manifest.kind !== "segmenter") {
    throw new ParfocalError(
      "NOT_SUPPORTED",
      `${module.name} is a ${module.manifest.kind}, and \`parfocal run\` takes segmenters`,
      {
        hint: "`parfocal list` shows the kind of each module",
      },
    );
  }
  const { params, positionals, values } = await readModuleLine(module, rest, runArgs, cwd);
  if (positionals.length === 0) {
    throw usageError(
      `\`parfocal run ${module.name}\` needs an INPUT`,
      `write \`parfocal run ${module.name} IMAGE...\`, or try \`parfocal demo ${module.name}\``,
    );
  }
  const keepFiles = values.text("keep-files");
  return {
    module,
    inputs: positionals,
    params,
    device: readDevice(values.text("device")),
    output: values.text("output"),
    reading: readReadingOptions(values.text),
    format: readLabelFormat(values.text("format")),
    overlay: values.flag("overlay") ?? true,
    save: readSave(values.text("save")),
    qc: values.flag("qc"),
    timeoutMs: readTimeout(values.text("timeout")),
    offline: values.flag("offline") ?? false,
    keepFilesIn: keepFiles === undefined ? undefined : resolve(cwd, keepFiles),
    daemon: readDaemonUse(values.flag("daemon")),
    resume: values.flag("resume") ?? false,
    dryRun: values.flag("dry-run") ?? false,
  };
}
