import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { publishedPackages, readRepository } from "@parfocal/conventions";
import { execa } from "execa";
import type { LocalRegistry } from "./registry.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const changesetCommand = join(repository, "node_modules", "@changesets", "cli", "bin.js");

export interface WorkspaceCopy {
  readonly root: string;
  /** Versions of all public packages, by name. */
  versions(): Record<string, string>;
  /** Describes a change of the packages, then lets changesets write the versions. */
  release(bumps: Readonly<Record<string, "major" | "minor" | "patch">>): Promise<void>;
  /** Runs a program at the top of the copy, or in a folder of it; npm and pnpm publish to the local registry. */
  run(file: string, args: readonly string[], folder?: string): Promise<void>;
  /** Publishes what the registry has not got yet, as `pnpm release` does. */
  publish(): Promise<void>;
}

/** Links a copied package to what the original has in node_modules; packages of the workspace to their copies. */
async function linkDependencies(place: string, root: string): Promise<void> {
  const from = join(repository, place, "node_modules");
  if (!existsSync(from)) return;
  const entries = (await readdir(from)).filter((name) => !name.startsWith("."));
  const names = await Promise.all(
    entries.map(async (name) =>
      name.startsWith("@") ? (await readdir(join(from, name))).map((inner) => join(name, inner)) : [name],
    ),
  );
  for (const name of names.flat()) {
    const original = await realpath(join(from, name));
    const inside = relative(repository, original);
    const workspace = !inside.startsWith("..") && !inside.split(sep).includes("node_modules");
    const link = join(root, place, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(workspace ? join(root, inside) : original, link, "junction");
  }
}

/**
 * A copy of this workspace, built files included, in which versions can be changed and published. Changes that are described but not released
 * are left out.
 */
export async function copyWorkspace(root: string, registry: LocalRegistry): Promise<WorkspaceCopy> {
  const { stdout } = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: repository });
  for (const path of stdout.split("\0").filter((path) => path !== "" && existsSync(join(repository, path)))) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await copyFile(join(repository, path), join(root, path));
  }
  const changesets = join(root, ".changeset");
  for (const name of await readdir(changesets)) if (name.endsWith(".md")) await rm(join(changesets, name));
  const { packages } = readRepository(repository);
  for (const { place, folder } of packages) {
    if (existsSync(join(folder, "dist"))) await cp(join(folder, "dist"), join(root, place, "dist"), { recursive: true });
    await linkDependencies(place, root);
  }
  await writeFile(join(root, ".npmrc"), `registry=${registry.url}\n${registry.npmrc}`);
  await execa("git", ["init", "--quiet", "--initial-branch=main"], { cwd: root });

  const env = {
    npm_config_registry: registry.url,
    pnpm_config_registry: registry.url,
    npm_config_update_notifier: "false",
    PATH: [join(repository, "node_modules", ".bin"), process.env.PATH].join(process.platform === "win32" ? ";" : ":"),
  };
  const run = async (file: string, args: readonly string[], folder = "."): Promise<void> => {
    const { exitCode, all } = await execa(file, args, { cwd: join(root, folder), env, all: true, reject: false });
    if (exitCode !== 0) throw new Error(`${[file, ...args].join(" ")} ended with ${exitCode}:\n${all}`);
  };
  /** Nothing of a test may reach another registry than its own. */
  const checkRegistry = async (): Promise<void> => {
    for (const folder of [root, join(root, "packages", "core")]) {
      const { stdout } = await execa("pnpm", ["config", "get", "registry"], { cwd: folder, env: { PATH: env.PATH } });
      if (stdout.trim() !== registry.url) throw new Error(`${folder} would be published to ${stdout}`);
    }
  };
  await checkRegistry();
  return {
    root,
    run,
    versions: () =>
      Object.fromEntries(publishedPackages(readRepository(root)).map(({ manifest: { name, version } }) => [name, version])),
    async release(bumps) {
      const lines = Object.entries(bumps).map(([name, bump]) => `"${name}": ${bump}`);
      await writeFile(join(changesets, "change.md"), `---\n${lines.join("\n")}\n---\n\nA change.\n`);
      await run(process.execPath, [changesetCommand, "version"]);
    },
    publish: () => run(process.execPath, [changesetCommand, "publish", "--no-git-tag"]),
  };
}

/** The parsed package.json of a folder. */
export async function readManifest(folder: string): Promise<{
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}> {
  return JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
}
