import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { toCamelCase } from "@parfocal/core";
import type { Problem } from "../problem.ts";
import { publishedPackages, type Repository, type WorkspacePackage } from "../repository.ts";

/** Every module exports its definition under its folder's name in camelCase, and `VERSION`; other packages' `VERSION` agrees too. */
export async function checkDefinitions(repository: Repository): Promise<Problem[]> {
  const modules = publishedPackages(repository).filter(({ group }) => group === "modules");
  return (await Promise.all(modules.map(checkDefinition))).flat();
}

async function checkDefinition(item: WorkspacePackage): Promise<Problem[]> {
  const entry = join(item.folder, "src", "index.ts");
  if (!existsSync(entry)) return [];
  const say = (what: string, todo: string): Problem => ({ place: `${item.place}/src/index.ts`, what, todo });
  let exports: Record<string, unknown>;
  try {
    exports = await import(pathToFileURL(entry).href);
  } catch (error) {
    return [say(`cannot be imported: ${(error as Error).message.split("\n")[0]}`, "importing a module must do nothing else")];
  }
  const wanted = toCamelCase(item.folderName);
  const definition = exports[wanted] as { readonly name?: unknown; readonly version?: unknown } | undefined;
  const problems: Problem[] = [];
  if (definition?.name === undefined)
    problems.push(say(`exports no ${wanted}`, `write \`export const ${wanted} = defineModule(...)\``));
  else if (definition.name !== item.folderName) {
    problems.push(say(`defines a module called ${String(definition.name)}`, `call it ${item.folderName}, as its folder`));
  }
  for (const [what, version] of [
    ["VERSION", exports.VERSION],
    [`${wanted}.version`, definition?.version],
  ]) {
    if (version === undefined && definition === undefined && what !== "VERSION") continue;
    if (version === item.manifest.version) continue;
    const found = version === undefined ? "missing" : String(version);
    problems.push(say(`${String(what)} is ${found}, package.json says ${item.manifest.version}`, "run `pnpm docs --versions`"));
  }
  return problems;
}
