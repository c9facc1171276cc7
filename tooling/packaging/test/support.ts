import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publishedPackages, readRepository } from "@parfocal/conventions";
import { execa } from "execa";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));

export interface PublicPackage {
  readonly name: string;
  readonly version: string;
  readonly folder: string;
}

/** Every package that is published, from the folders themselves. */
export function publicPackages(): PublicPackage[] {
  const published = publishedPackages(readRepository(repository));
  return published.map(({ folder, manifest: { name, version } }) => ({ folder, name, version }));
}

/** Packs a package as it would be published; the path of its tarball. */
export async function packPackage({ folder, name, version }: PublicPackage, target: string): Promise<string> {
  await execa("pnpm", ["pack", "--pack-destination", target], { cwd: folder });
  return join(target, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}
