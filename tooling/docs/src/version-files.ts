import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { GeneratedFile } from "./generated-file.ts";

/** `src/version.ts` of every package that has one, from its package.json. */
export function versionFiles(repository: string): GeneratedFile[] {
  const folders = ["packages", "modules"].flatMap((group) =>
    readdirSync(join(repository, group)).map((name) => join(repository, group, name)),
  );
  return folders
    .filter((folder) => existsSync(join(folder, "src", "version.ts")))
    .map((folder) => {
      const path = join(folder, "src", "version.ts");
      const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
      const line = `export const VERSION = ${JSON.stringify(version)};`;
      return { path, content: readFileSync(path, "utf8").replace(/^export const VERSION = .*;$/m, () => line) };
    });
}
