import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** Parfocal's own repository, when a folder lies in it; null elsewhere. */
export function findRepository(folder: string): string | null {
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (
      ["pnpm-workspace.yaml", "modules/threshold/package.json", "packages/core/package.json"].every((path) =>
        existsSync(join(at, path)),
      )
    )
      return at;
    if (dirname(at) === at) return null;
  }
}
