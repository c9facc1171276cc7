import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { fetchUv } from "./fetch-uv.ts";
import { homeFolders } from "./folders.ts";
import { recallAnswer } from "./found-tools.ts";
import { executableName } from "./platform.ts";
import { runTool } from "./run-tool.ts";
import { findExecutables, pathFolders } from "./search-path.ts";
import { uvPlatform } from "./uv-platform.ts";
import { uvVersion } from "./uv-release.ts";

export interface Uv {
  readonly path: string;
  readonly version: string;
  /** "setting", "npm package", "private copy", "PATH" or "pip". */
  readonly source: string;
}

/** How a tool is looked for: uv, or Python. */
export interface FindToolOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onMessage?: (message: string) => void;
}

/** Versions of uv whose behaviour is known: from 0.11 up to, without, 0.14. */
export function isTestedUv(version: string): boolean {
  const [major, minor] = version.split(".").map(Number);
  return major === 0 && minor !== undefined && minor >= 11 && minor < 14;
}

type Check = { readonly version: string } | { readonly problem: string };

async function checkUv(path: string, settings: Settings, options: FindToolOptions): Promise<Check> {
  let problem = "does not exist";
  const version = await recallAnswer(settings, path, "uv --version", async () => {
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
    const environment = cleanEnvironment(options.environment ?? process.env);
    const run = await runTool(path, ["--version"], { environment, timeoutMs: 20_000, signal: options.signal });
    const match = /^uv (\d+\.\d+\.\d+)\S*( \(|$)/.exec(run.stdout.trim());
    if (run.exitCode === 0 && match?.[1]) return match[1];
    problem =
      run.failure === "timeout"
        ? "did not answer `--version` within 20 s"
        : run.failure === "not-started"
          ? `cannot be started: ${run.failureText}`
          : `is another program: \`--version\` printed "${(run.tail[0] ?? "nothing").slice(0, 80)}"`;
    return null;
  });
  return version === null ? { problem } : { version };
}

function npmPackage(): { name: string; path: string | null } {
  const name = `@parfocal/uv-${uvPlatform()}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return { name, path: join(dirname(manifest), "bin", executableName("uv")) };
  } catch {
    return { name, path: null };
  }
}

/**
 * Finds uv: the setting, else the npm package for this platform, else our private copy, else PATH, else pip fetches the pinned wheel by hash.
 * @throws ParfocalError ENV_UV_NOT_FOUND with every place that was looked at; CANCELLED.
 */
export async function findUv(settings: Settings, options: FindToolOptions = {}): Promise<Uv> {
  const places: { place: string; found: string }[] = [];
  const tryPath = async (place: string, source: string, path: string, anyVersion: boolean): Promise<Uv | null> => {
    const check = await checkUv(path, settings, options);
    if ("version" in check && (anyVersion || isTestedUv(check.version))) return { path, version: check.version, source };
    places.push({
      place: `${place} ${path}`,
      found: "problem" in check ? check.problem : `uv ${check.version}, outside the tested range 0.11 to 0.13`,
    });
    return null;
  };
  const notFound = (message: string, hint: string): never => {
    const list = places.map(({ place, found }) => `  ${place}: ${found}`).join("\n");
    throw new ParfocalError("ENV_UV_NOT_FOUND", `${message}\n${list}`, { hint, details: { places } });
  };

  if (settings.uv !== undefined) {
    const uv = await tryPath("setting", "setting", settings.uv, true);
    return uv ?? notFound("the uv that is set cannot be used", "correct PARFOCAL_UV, or unset it to let Parfocal find uv");
  }

  const platformPackage = npmPackage();
  if (platformPackage.path === null) places.push({ place: `npm package ${platformPackage.name}`, found: "not installed" });
  else {
    const uv = await tryPath("npm package", "npm package", platformPackage.path, false);
    if (uv) return uv;
  }

  const privateCopy = join(homeFolders(settings).uv, uvVersion, executableName("uv"));
  const copy = await tryPath("private copy", "private copy", privateCopy, false);
  if (copy) return copy;

  const onPath = findExecutables("uv", pathFolders(options.environment ?? process.env));
  if (onPath.length === 0) places.push({ place: "PATH", found: "no uv" });
  for (const path of onPath) {
    const uv = await tryPath("PATH", "PATH", path, false);
    if (uv) return uv;
  }

  options.onMessage?.(`fetching uv ${uvVersion} with pip`);
  const fetched = await fetchUv(settings, privateCopy, options);
  if (fetched.ok) {
    const uv = await tryPath("pip", "pip", privateCopy, false);
    if (uv) return uv;
  } else places.push(...fetched.places);
  return notFound(
    "uv, which builds the Python environments, was not found and could not be fetched",
    `install again without --omit=optional, so that npm brings ${platformPackage.name}; or install uv with \`pip install uv==${uvVersion}\`, or set PARFOCAL_UV to its path`,
  );
}
