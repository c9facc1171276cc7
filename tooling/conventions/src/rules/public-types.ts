import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../problem.ts";
import { publishedPackages, type Repository } from "../repository.ts";

const outsideCode = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g;

/** Built declaration files that say `any`; every published package must be built. */
export function checkPublicTypes(repository: Repository): Problem[] {
  return publishedPackages(repository).flatMap(({ folder, place }) => {
    const dist = join(folder, "dist");
    if (!existsSync(join(dist, "index.d.ts"))) {
      return [{ place, what: "is not built", todo: "run `pnpm build`" }];
    }
    return globSync("**/*.d.ts", { cwd: dist }).flatMap((path) => {
      const code = readFileSync(join(dist, path), "utf8").replace(outsideCode, (text) => text.replace(/[^\n]/g, " "));
      const row = code.split("\n").findIndex((line) => /(?<![\w$.-])any(?![\w$]|\s*[:(?])/.test(line));
      if (row < 0) return [];
      const source = path.replaceAll("\\", "/").replace(/\.d\.ts$/, ".ts");
      return [
        {
          place: `${place}/src/${source}`,
          what: `says any in its types (dist/${path}:${row + 1})`,
          todo: "say unknown, or the type",
        },
      ];
    });
  });
}
