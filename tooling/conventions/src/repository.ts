import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const names = z.record(z.string(), z.string()).default({});
const packageSchema = z.looseObject({
  name: z.string().default(""),
  version: z.string().default(""),
  private: z.boolean().default(false),
  license: z.string().optional(),
  type: z.string().optional(),
  exports: z.unknown().optional(),
  files: z.array(z.string()).default([]),
  engines: names,
  scripts: names,
  dependencies: names,
  devDependencies: names,
  peerDependencies: names,
  parfocal: z.unknown().optional(),
});

/** What people install, what models they install, and what only this repository uses. */
export type PackageGroup = "packages" | "modules" | "tooling";

export interface WorkspacePackage {
  readonly group: PackageGroup;
  /** Relative to the repository, for example `modules/threshold`. */
  readonly place: string;
  readonly folder: string;
  /** Name of the folder. */
  readonly folderName: string;
  readonly manifest: z.infer<typeof packageSchema>;
}

export interface Repository {
  readonly root: string;
  readonly packages: readonly WorkspacePackage[];
}

/** Reads every package.json of the workspace; a folder without one has an empty manifest. */
export function readRepository(root: string): Repository {
  const groups: PackageGroup[] = ["packages", "modules", "tooling"];
  return { root, packages: groups.flatMap((group) => readGroup(root, group)) };
}

function readGroup(root: string, group: PackageGroup): WorkspacePackage[] {
  if (!existsSync(join(root, group))) return [];
  return readdirSync(join(root, group), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const folder = join(root, group, name);
      const path = join(folder, "package.json");
      const content: unknown = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
      return { group, place: `${group}/${name}`, folder, folderName: name, manifest: packageSchema.parse(content) };
    });
}

/** Packages that are published: those of `packages/` and `modules/` that are not private. */
export function publishedPackages({ packages }: Repository): WorkspacePackage[] {
  return packages.filter(({ group, manifest }) => group !== "tooling" && !manifest.private);
}

/** Files of a package that match, as paths relative to its folder with forward slashes. */
export function filesOf({ folder }: WorkspacePackage, ...patterns: readonly string[]): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: folder, exclude: (name) => name === "node_modules" || name === "dist" }))
    .map((path) => path.replaceAll("\\", "/"))
    .sort();
}

export function readText({ folder }: WorkspacePackage, path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
