import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const readJson = (...path: string[]) => JSON.parse(readFileSync(join(repository, ...path), "utf8"));
const standalone = ["packages", "create-module", "template", "standalone"];

test("a module that stands alone is packed and built as those of this repository are", () => {
  const alone = readJson(...standalone, "package.template.json");
  const smallest = readJson("modules", "threshold", "package.json");
  for (const field of ["license", "type", "sideEffects", "engines", "parfocal"])
    expect(alone[field], field).toEqual(smallest[field]);
  const { "@parfocal/source": _, ...entry } = smallest.exports["."];
  expect(alone.exports).toEqual({ ...smallest.exports, ".": entry });
  expect(alone.scripts.build).toBe(smallest.scripts.build);
  expect(smallest.files).toEqual(expect.arrayContaining(alone.files));
});

test("TypeScript is as strict there as here", () => {
  const { customConditions: _, ...strict } = readJson("tooling", "tsconfig", "base.json").compilerOptions;
  expect(readJson(...standalone, "tsconfig.json").compilerOptions).toEqual(strict);
  const { customConditions: _own, ...build } = readJson("tooling", "tsconfig", "build.json").compilerOptions;
  const places = { rootDir: "src", outDir: "dist" };
  expect(readJson(...standalone, "tsconfig.build.json").compilerOptions).toEqual({ ...build, ...places });
});

test("nothing in the template has a name that npm gives a meaning to", () => {
  const names = readdirSync(join(repository, "packages", "create-module", "template"), { recursive: true }).map(String);
  expect(
    names.filter((name) => /(^|[\\/])(\.gitignore|\.npmignore|\.npmrc|package\.json|package-lock\.json)$/.test(name)),
  ).toEqual([]);
});
