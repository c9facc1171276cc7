/**
 * Writes what is derived from code: the error reference, the OpenAPI document, the pages of the packages' exports, each module's module.json, parameter table and page, and `src/version.ts`.
 * `--check` writes nothing and fails where a file is not as it should be; `--versions` does only `src/version.ts`.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { apiReference } from "./api-reference.ts";
import { daemonReference } from "./daemon-reference.ts";
import { errorReference } from "./error-reference.ts";
import type { GeneratedFile } from "./generated-file.ts";
import { moduleFiles, moduleFolders, templateFiles } from "./module-files.ts";
import { pythonReference } from "./python-reference.ts";
import { versionFiles } from "./version-files.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const { values } = parseArgs({ options: { check: { type: "boolean" }, versions: { type: "boolean" } } });

/** Writes a file, or with `--check` says whether it must be written; true when it is as it should be. */
function settle({ path, content }: GeneratedFile): boolean {
  if (existsSync(path) && readFileSync(path, "utf8") === content) return true;
  const name = relative(repository, path);
  if (values.check) {
    console.error(`${name} is not what the code says; run \`pnpm docs\``);
    return false;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  console.log(`wrote ${name}`);
  return true;
}

// first, since modules are imported with their version
const settled = versionFiles(repository).map(settle);
if (!values.versions) {
  settled.push(
    settle(errorReference(repository)),
    settle(daemonReference(repository)),
    settle(await pythonReference(repository)),
  );
  settled.push(...apiReference(repository).map(settle));
  settled.push(...(await templateFiles(repository)).map(settle));
  for (const folder of moduleFolders(repository)) settled.push(...(await moduleFiles(repository, folder)).map(settle));
}
if (values.check) console.log(`${settled.filter(Boolean).length} of ${settled.length} derived files are up to date`);
process.exitCode = settled.every(Boolean) ? 0 : 1;
