import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkWheelhouse, findPython, findUv, type ParfocalError, readSettings, type Settings } from "@parfocal/core";
import { parse } from "smol-toml";
import { z } from "zod";
import { compileArguments } from "./inputs-hash.ts";
import { firstReason, isUnsolvable, lockFailure, readExplanation } from "./lock-failure.ts";
import type { LockPlatform } from "./platforms.ts";
import { type CompileOutcome, runCompile } from "./run-uv.ts";

const pylock = z.object({
  packages: z
    .array(
      z.object({
        name: z.string(),
        version: z.string(),
        wheels: z
          .array(
            z.object({
              url: z.string().optional(),
              path: z.string().optional(),
              name: z.string().optional(),
              size: z.number().optional(),
              hashes: z.object({ sha256: z.string() }),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

/** A wheel as uv sees it; its location is used to measure it and then forgotten. */
export interface Wheel {
  readonly package: string;
  readonly file: string;
  readonly location: string;
  readonly bytes: number | null;
  readonly sha256: string;
}

export interface CompileRequest {
  /** Name of the lock, for messages. */
  readonly name: string;
  readonly requirements: readonly string[];
  /** Lock texts whose pins hold for this one too. */
  readonly constraints: readonly string[];
  /** The lock as it was: its pins are kept where they still fit. */
  readonly previous: string | null;
  readonly pythonMinor: string;
  readonly torchBackend: string | null;
}

export interface PlatformProblem {
  readonly reason: string;
  readonly error: ParfocalError;
}

export interface Compiler {
  readonly uvVersion: string;
  /** Null when every package has a wheel there, else why not: in short, and as an error with uv's whole explanation. */
  problemOn(request: CompileRequest, platform: LockPlatform): Promise<PlatformProblem | null>;
  /** The lock for all platforms together. */
  lock(request: CompileRequest, platforms: readonly LockPlatform[]): Promise<string>;
  /** Every wheel of every pin. */
  allWheels(lock: string, request: CompileRequest, platforms: readonly LockPlatform[]): Promise<Wheel[]>;
  /** The one wheel of each pin that uv installs on a platform. */
  wheelsFor(lock: string, request: CompileRequest, platform: LockPlatform): Promise<Wheel[]>;
  dispose(): void;
}

export interface CompilerOptions {
  readonly settings?: Partial<Settings> | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onMessage?: ((message: string) => void) | undefined;
}

function project(requirements: readonly string[], pythonMinor: string, platforms: readonly LockPlatform[]): string {
  const next = pythonMinor.replace(/\d+$/, (minor) => String(Number(minor) + 1));
  const list = (items: readonly string[]): string => `[${items.map((item) => JSON.stringify(item)).join(", ")}]`;
  const environments = platforms.map(({ marker }) => `python_full_version < '${next}' and ${marker}`);
  return `[project]\nname = "lock"\nversion = "0"\nrequires-python = "==${pythonMinor}.*"\ndependencies = ${list(requirements)}\n[tool.uv]\nenvironments = ${list(environments)}\n`;
}

function readWheels(text: string): Wheel[] {
  return pylock.parse(parse(text)).packages.flatMap(({ name, wheels }) =>
    wheels.map((wheel) => {
      const location = wheel.url ?? wheel.path ?? "";
      const file = wheel.name ?? decodeURIComponent(location.split(/[/\\]/).at(-1) ?? "");
      return { package: name, file, location, bytes: wheel.size ?? null, sha256: wheel.hashes.sha256 };
    }),
  );
}

/**
 * Makes locks with uv in temporary folders. Packages come from the index and the wheel folders of the settings.
 *
 * @throws ParfocalError ENV_UV_NOT_FOUND, USAGE; its methods also ENV_PYTHON_NOT_FOUND, LOCK_FAILED, ENV_NETWORK and CANCELLED.
 */
export async function createCompiler(options: CompilerOptions = {}): Promise<Compiler> {
  const { signal, onMessage = () => {} } = options;
  const settings = readSettings(options.settings);
  checkWheelhouse(settings);
  const uv = await findUv(settings, { signal, onMessage });
  const root = mkdtempSync(join(tmpdir(), "parfocal-lock-"));
  let serial = 0;
  const pythons = new Map<string, Promise<string>>();
  const pythonFor = (minor: string): Promise<string> => {
    const python = pythons.get(minor) ?? findPython(settings, minor, uv, { signal, onMessage }).then(({ path }) => path);
    pythons.set(minor, python);
    return python;
  };
  const compile = async (
    { pythonMinor, torchBackend }: CompileRequest,
    files: Readonly<Record<string, string>>,
    args: readonly string[],
  ): Promise<CompileOutcome> => {
    serial += 1;
    const folder = join(root, String(serial));
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return runCompile({ uv, python: await pythonFor(pythonMinor), settings, folder, args, torchBackend, signal });
  };
  const textOf = (outcome: CompileOutcome, { name }: CompileRequest): string => {
    if ("text" in outcome) return outcome.text;
    throw lockFailure(`the packages of ${name} cannot be locked`, outcome.failure, settings);
  };
  const constrain = ({ constraints }: CompileRequest): { files: Record<string, string>; args: string[] } => ({
    files: Object.fromEntries(constraints.map((text, index) => [`constraint-${index}.txt`, text])),
    args: constraints.flatMap((_, index) => ["--constraints", `constraint-${index}.txt`]),
  });
  const wheels = async (lock: string, request: CompileRequest, args: string[], settingsText: string): Promise<Wheel[]> => {
    const files = { "requirements.txt": lock, "pyproject.toml": settingsText };
    const fixed = ["requirements.txt", "--no-deps", "--no-header", "--no-annotate", "--no-build", "--format", "pylock.toml"];
    return readWheels(
      textOf(await compile(request, files, [...fixed, "--python-version", request.pythonMinor, ...args]), request),
    );
  };

  return {
    uvVersion: uv.version,
    async problemOn(request, platform) {
      const { files, args } = constrain(request);
      const text = project(request.requirements, request.pythonMinor, [platform]);
      const where = ["--python-version", request.pythonMinor, "--python-platform", platform.uvName];
      const fixed = ["pyproject.toml", "--no-build", ...where];
      const outcome = await compile(request, { ...files, "pyproject.toml": text }, [...fixed, ...args]);
      if ("text" in outcome) return null;
      const { failure } = outcome;
      const error = lockFailure(`the packages of ${request.name} cannot be locked for ${platform.key}`, failure, settings);
      if (!isUnsolvable(failure)) throw error;
      return { reason: firstReason(readExplanation(failure)), error };
    },
    async lock(request, platforms) {
      const { files, args } = constrain(request);
      const previous = request.previous === null ? {} : { "lock.txt": request.previous };
      const text = project(request.requirements, request.pythonMinor, platforms);
      const fixed = ["pyproject.toml", ...compileArguments, "--python-version", request.pythonMinor];
      return textOf(await compile(request, { ...files, ...previous, "pyproject.toml": text }, [...fixed, ...args]), request);
    },
    allWheels: (lock, request, platforms) => wheels(lock, request, ["--universal"], project([], request.pythonMinor, platforms)),
    wheelsFor: (lock, request, platform) => wheels(lock, request, ["--python-platform", platform.uvName], ""),
    dispose: () => rmSync(root, { recursive: true, force: true, maxRetries: 3 }),
  };
}
