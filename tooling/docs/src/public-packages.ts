import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface PublicPackage {
  readonly name: string;
  /** Absolute path of `src/index.ts`. */
  readonly entry: string;
}

/** The packages under `packages/` that are published and export something, by name. */
export function publicPackages(repository: string): PublicPackage[] {
  const folders = readdirSync(join(repository, "packages")).map((folder) => join(repository, "packages", folder));
  const found = folders.flatMap((folder): PublicPackage[] => {
    const path = join(folder, "package.json");
    if (!existsSync(path)) return [];
    const manifest = JSON.parse(readFileSync(path, "utf8"));
    const entry = join(folder, "src", "index.ts");
    const isOne = manifest.private !== true && manifest.exports?.["."] !== undefined && existsSync(entry);
    return isOne ? [{ name: manifest.name, entry }] : [];
  });
  return found.sort((a, b) => a.name.localeCompare(b.name));
}
