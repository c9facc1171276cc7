import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment, findUv, readSettings } from "@parfocal/core";
import { execa } from "execa";
import { parse } from "smol-toml";
import { z } from "zod";
import { compileArguments } from "./inputs-hash.ts";
import type { LockPlatform } from "./platforms.ts";

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
  readonly requirements: readonly string[];
  /** Lock texts whose pins hold for this one too. */
  readonly constraints: readonly string[];
  /** The lock as it was: its pins are kept where they still fit. */
  readonly previous: string | null;
  readonly pythonMinor: string;
  readonly torchBackend: string | null;
}

/** Thrown where a platform cannot have the packages; anything else that goes wrong is an ordinary error. */
export class NoSolutionError extends Error {}

export interface Compiler {
  readonly uvVersion: string;
  /** True when every package has a wheel there. */
  resolves(request: CompileRequest, platform: LockPlatform): Promise<boolean>;
  /** The lock for all platforms together. */
  lock(request: CompileRequest, platforms: readonly LockPlatform[]): Promise<string>;
  /** Every wheel of every pin. */
  allWheels(lock: string, pythonMinor: string, platforms: readonly LockPlatform[], torchBackend: string | null): Promise<Wheel[]>;
  /** The one wheel of each pin that uv installs on a platform. */
  wheelsFor(lock: string, pythonMinor: string, platform: LockPlatform, torchBackend: string | null): Promise<Wheel[]>;
  dispose(): void;
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

/** Makes locks with uv in temporary folders. The package index is uv's default, or the setting's. */
export async function createCompiler(): Promise<Compiler> {
  const settings = readSettings();
  const uv = await findUv(settings);
  const root = mkdtempSync(join(tmpdir(), "parfocal-lock-"));
  let serial = 0;
  const environment = {
    ...cleanEnvironment(process.env),
    UV_CACHE_DIR: settings.uvCache,
    MACOSX_DEPLOYMENT_TARGET: "14.0",
    NO_COLOR: "1",
  };
  const sources = [
    ...settings.wheelhouse.flatMap((folder) => ["--find-links", folder]),
    ...(settings.index === undefined ? [] : ["--default-index", settings.index]),
  ];
  const run = async (folder: string, args: readonly string[], torchBackend: string | null): Promise<string> => {
    const output = join(folder, args.includes("pylock.toml") ? "pylock.toml" : "lock.txt");
    const backend = torchBackend === null ? [] : ["--torch-backend", torchBackend];
    const all = ["pip", "compile", "--quiet", ...args, ...sources, ...backend, "--output-file", output];
    const { exitCode, stderr } = await execa(uv.path, all, { cwd: folder, env: environment, extendEnv: false, reject: false });
    if (exitCode === 0) return readFileSync(output, "utf8");
    if (stderr.replace(/\s+/g, " ").includes("No solution found")) throw new NoSolutionError(stderr);
    throw new Error(`uv could not resolve: ${stderr}`);
  };
  const prepare = (files: Readonly<Record<string, string>>): string => {
    serial += 1;
    const folder = join(root, String(serial));
    mkdirSync(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return folder;
  };
  const constrain = ({ constraints }: CompileRequest): { files: Record<string, string>; args: string[] } => ({
    files: Object.fromEntries(constraints.map((text, index) => [`constraint-${index}.txt`, text])),
    args: constraints.flatMap((_, index) => ["--constraints", `constraint-${index}.txt`]),
  });
  const wheels = async (lock: string, args: string[], settingsText: string, torchBackend: string | null): Promise<Wheel[]> => {
    const folder = prepare({ "requirements.txt": lock, "pyproject.toml": settingsText });
    const fixed = ["requirements.txt", "--no-deps", "--no-header", "--no-annotate", "--no-build", "--format", "pylock.toml"];
    return readWheels(await run(folder, [...fixed, ...args], torchBackend));
  };

  return {
    uvVersion: uv.version,
    async resolves(request, platform) {
      const { files, args } = constrain(request);
      const folder = prepare({ ...files, "pyproject.toml": project(request.requirements, request.pythonMinor, [platform]) });
      const where = ["--python-version", request.pythonMinor, "--python-platform", platform.uvName];
      try {
        await run(folder, ["pyproject.toml", "--no-build", ...where, ...args], request.torchBackend);
        return true;
      } catch (error) {
        if (error instanceof NoSolutionError) return false;
        throw error;
      }
    },
    lock(request, platforms) {
      const { files, args } = constrain(request);
      const previous = request.previous === null ? {} : { "lock.txt": request.previous };
      const text = project(request.requirements, request.pythonMinor, platforms);
      const folder = prepare({ ...files, ...previous, "pyproject.toml": text });
      const fixed = ["pyproject.toml", ...compileArguments, "--python-version", request.pythonMinor];
      return run(folder, [...fixed, ...args], request.torchBackend);
    },
    allWheels: (lock, pythonMinor, platforms, torchBackend) =>
      wheels(lock, ["--universal", "--python-version", pythonMinor], project([], pythonMinor, platforms), torchBackend),
    wheelsFor: (lock, pythonMinor, platform, torchBackend) =>
      wheels(lock, ["--python-version", pythonMinor, "--python-platform", platform.uvName], "", torchBackend),
    dispose: () => rmSync(root, { recursive: true, force: true }),
  };
}
