import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "../contract/environment.ts";
import { ParfocalError } from "../errors/parfocal-error.ts";
import { askPython, type Interpreter } from "./ask-python.ts";
import { cleanEnvironment } from "./clean-environment.ts";
import { fetchPython } from "./fetch-python.ts";
import { homeFolders } from "./folders.ts";
import { executableName } from "./platform.ts";
import { runTool } from "./run-tool.ts";
import { findExecutables, pathFolders } from "./search-path.ts";
import type { FindToolOptions, Uv } from "./uv.ts";

export interface BasePython {
  /** Absolute path of the real interpreter, never a shim or a virtual environment's. */
  readonly path: string;
  readonly version: string;
  /** "setting", "private", "system" or "uv". */
  readonly source: string;
}

/** Interpreters that uv put under our root, newest first. */
function privatePythons(settings: Settings, minor: string): string[] {
  const root = homeFolders(settings).python;
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) return [];
  const prefix = `cpython-${minor}.`;
  return readdirSync(root)
    .filter((name) => name.startsWith(prefix))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((name) => (process.platform === "win32" ? join(root, name, "python.exe") : join(root, name, "bin", `python${minor}`)))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

function pyenvPythons(environment: NodeJS.ProcessEnv, minor: string): string[] {
  const home = environment.HOME ?? environment.USERPROFILE;
  const root = environment.PYENV_ROOT ?? (home ? join(home, ".pyenv") : undefined);
  const versions = root ? join(root, "versions") : undefined;
  if (!versions || !statSync(versions, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(versions)
    .filter((name) => name.startsWith(`${minor}.`))
    .sort((a, b) => b.localeCompare(a, "en", { numeric: true }))
    .map((name) => join(versions, name, ...(process.platform === "win32" ? [] : ["bin"]), executableName("python")))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** Interpreters that the Windows launcher knows: lines such as ` -V:3.11 *  C:\...\python.exe`. */
export function parseLauncherList(text: string, minor: string): string[] {
  const found: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*-(?:V:)?(\d+\.\d+)\S*\s+(?:\*\s+)?(.+\.exe)\s*$/i.exec(line);
    if (match?.[1] === minor && match[2]) found.push(match[2]);
  }
  return found;
}

async function launcherPythons(environment: NodeJS.ProcessEnv, minor: string): Promise<string[]> {
  if (process.platform !== "win32") return [];
  const [launcher] = findExecutables("py", pathFolders(environment));
  if (!launcher) return [];
  const run = await runTool(launcher, ["-0p"], { environment: cleanEnvironment(environment), timeoutMs: 20_000 });
  return parseLauncherList(run.stdout, minor);
}

/**
 * Finds an interpreter of the lock's minor version: the setting, else one under our root, else one of the system (never one of an active
 * virtual environment or conda), else uv downloads one.
 * @throws ParfocalError ENV_PYTHON_NOT_FOUND with every place that was looked at; CANCELLED.
 */
export async function findPython(settings: Settings, minor: string, uv: Uv, options: FindToolOptions = {}): Promise<BasePython> {
  const environment = options.environment ?? process.env;
  const places: { place: string; found: string }[] = [];
  const tried = new Set<string>();
  const tryPath = async (place: string, source: string, path: string): Promise<BasePython | null> => {
    if (tried.has(path)) return null;
    tried.add(path);
    const answer = await askPython(path, settings, environment, options.signal);
    const problem = typeof answer === "string" ? answer : problemOf(answer, minor, source);
    if (typeof answer !== "string" && problem === null) return { path: answer.base, version: answer.version, source };
    places.push({ place: `${place} ${path}`, found: problem ?? "" });
    return null;
  };
  const notFound = (message: string, hint: string): never => {
    const list = places.map(({ place, found }) => `  ${place}: ${found}`).join("\n");
    throw new ParfocalError("ENV_PYTHON_NOT_FOUND", `${message}\n${list}`, { hint, details: { places } });
  };

  if (settings.python !== undefined) {
    const python = await tryPath("setting", "setting", settings.python);
    return (
      python ??
      notFound(`the Python that is set cannot be used: Python ${minor} is needed`, "correct PARFOCAL_PYTHON, or unset it")
    );
  }
  for (const path of privatePythons(settings, minor)) {
    const python = await tryPath("under our root", "private", path);
    if (python) return python;
  }
  const folders = pathFolders(environment);
  const onPath = [`python${minor}`, "python3", "python"].flatMap((name) => findExecutables(name, folders));
  for (const path of [...onPath, ...pyenvPythons(environment, minor), ...(await launcherPythons(environment, minor))]) {
    const python = await tryPath("system", "system", path);
    if (python) return python;
  }
  if (settings.offline) {
    places.push({ place: "uv's own download", found: "not tried: offline" });
    return notFound(
      `no Python ${minor} was found`,
      `install Python ${minor}, or set PARFOCAL_PYTHON to one; downloads are off (PARFOCAL_OFFLINE)`,
    );
  }
  options.onMessage?.(`downloading Python ${minor}`);
  const problem = await fetchPython(settings, minor, uv, environment, options.signal);
  for (const path of problem === null ? privatePythons(settings, minor) : []) {
    const python = await tryPath("uv's own download", "uv", path);
    if (python) return python;
  }
  if (problem !== null) places.push({ place: "uv's own download", found: problem });
  return notFound(
    `no Python ${minor} was found and none could be downloaded`,
    `install Python ${minor}, set PARFOCAL_PYTHON to one, or set PARFOCAL_PYTHON_MIRROR to a mirror of uv's Python downloads`,
  );
}

function problemOf(answer: Interpreter, minor: string, source: string): string | null {
  if (answer.implementation !== "cpython") return `is ${answer.implementation}`;
  if (!answer.version.startsWith(`${minor}.`)) return `is Python ${answer.version}`;
  if (answer.conda && source !== "setting") return "belongs to conda";
  if (answer.missing.length > 0) return `lacks ${answer.missing.join(", ")}`;
  return null;
}
