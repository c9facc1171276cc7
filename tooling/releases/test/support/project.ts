import { existsSync } from "node:fs";
import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import type { LocalRegistry } from "./registry.ts";

/** A project of somebody who uses Parfocal, outside the workspace. */
export interface Project {
  readonly folder: string;
  /** Runs npm in the project. */
  npm(...args: string[]): Promise<string>;
  /** Runs the project's `parfocal`; ends also when that fails. */
  parfocal(
    ...args: string[]
  ): Promise<{ readonly exitCode?: number | undefined; readonly stdout: string; readonly stderr: string; readonly all: string }>;
  /** Runs a file of the project with Node; what it printed. */
  node(file: string): Promise<string>;
}

export interface ProjectOptions {
  readonly registry: LocalRegistry;
  /** PARFOCAL_HOME. */
  readonly home: string;
  readonly uvCache: string;
  /** The interpreter to use, since none is on PATH. */
  readonly python: string;
}

/** Variables of this process that choose tools. */
const tools = /^(PATH|Path|PARFOCAL_.*|VIRTUAL_ENV|CONDA_.*|PYENV_.*|npm_.*|NODE_OPTIONS|NODE_PATH|INIT_CWD|VITEST.*)$/;

/** Makes an empty project. Node and npm are all that is on its PATH: no uv, no pip, no Python. */
export async function createProject(folder: string, options: ProjectOptions, dependencies = {}): Promise<Project> {
  const bin = join(folder, "..", "bin of nothing but node");
  await mkdir(folder, { recursive: true });
  await mkdir(bin, { recursive: true });
  await linkOnce(process.execPath, join(bin, "node"));
  await linkOnce(await npmScript(), join(bin, "npm"));
  await writeFile(
    join(folder, "package.json"),
    JSON.stringify({ name: "my-images", private: true, type: "module", dependencies }),
  );
  await writeFile(join(folder, ".npmrc"), `registry=${options.registry.url}\n`);
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !tools.test(name))),
    PATH: bin,
    HOME: homedir(),
    NO_COLOR: "1",
    PARFOCAL_HOME: options.home,
    PARFOCAL_UV_CACHE: options.uvCache,
    PARFOCAL_PYTHON: options.python,
    npm_config_cache: join(folder, "..", "npm cache"),
    npm_config_update_notifier: "false",
    npm_config_audit: "false",
    npm_config_fund: "false",
  };
  const shared = { cwd: folder, env, extendEnv: false, all: true } as const;
  return {
    folder,
    npm: async (...args) => (await execa(join(bin, "npm"), args, shared)).stdout,
    parfocal: async (...args) =>
      await execa(join(folder, "node_modules", ".bin", "parfocal"), args, { ...shared, reject: false }),
    node: async (file) => (await execa(join(bin, "node"), [file], shared)).stdout,
  };
}

async function linkOnce(target: string, path: string): Promise<void> {
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
}

/** The JavaScript file that `npm` on PATH starts. */
async function npmScript(): Promise<string> {
  const places = (process.env.PATH ?? "").split(delimiter).map((place) => join(place, "npm"));
  const found = places.find((path) => existsSync(path));
  if (found === undefined) throw new Error("npm is not on PATH");
  return await realpath(found);
}
