import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { packageFolder } from "../package-folder.ts";
import type { TemplateWords } from "./template-text.ts";

const versions = z.record(z.string(), z.string());
const manifestSchema = z.looseObject({ version: z.string(), dependencies: versions, devDependencies: versions });

const needed = ["@parfocal/core", "zod"] as const;
const neededForWork = ["@parfocal/testing", "@types/node", "typescript", "vitest"] as const;

function readManifest(path: string): z.infer<typeof manifestSchema> {
  return manifestSchema.parse({ dependencies: {}, devDependencies: {}, ...JSON.parse(readFileSync(path, "utf8")) });
}

/** The versions that this package itself was built and tested with. */
function ownVersions(): (name: string) => string {
  const { dependencies, devDependencies } = readManifest(join(packageFolder, "package.json"));
  const require = createRequire(join(packageFolder, "package.json"));
  return (name) => {
    const range = dependencies[name] ?? devDependencies[name] ?? "*";
    // as published they are real; in Parfocal's own repository they are what lies in node_modules
    return /^(workspace|catalog):/.test(range) ? `^${readManifest(require.resolve(`${name}/package.json`)).version}` : range;
  };
}

function format(manifest: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** package.json of a module that stands alone. */
export function standalonePackageJson(template: string, words: TemplateWords): string {
  const version = ownVersions();
  const pick = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, version(name)]));
  return format({
    ...(JSON.parse(template) as Record<string, unknown>),
    name: words.packageName,
    description: words.description,
    dependencies: pick(needed),
    devDependencies: pick(neededForWork),
  });
}

/** package.json of a module in Parfocal's repository: that of the smallest module there, under another name. */
export function workspacePackageJson(smallest: string, words: TemplateWords): string {
  return format({
    ...(JSON.parse(smallest) as Record<string, unknown>),
    name: words.packageName,
    version: "1.0.0",
    description: words.description,
  });
}
