import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

export interface PublicPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** Every package that is published, from the folders themselves. */
export function publicPackages(): PublicPackage[] {
  const folders = ["packages", "modules"].flatMap((group) =>
    readdirSync(join(repository, group)).map((name) => join(repository, group, name)),
  );
  return folders
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({ folder, manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => ({ folder, name: manifest.name, version: manifest.version }));
}

/** Packs a package as it would be published; the path of its tarball. */
export async function packPackage({ folder, name, version }: PublicPackage, target: string): Promise<string> {
  await execa("pnpm", ["pack", "--pack-destination", target], { cwd: folder });
  return join(target, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}
