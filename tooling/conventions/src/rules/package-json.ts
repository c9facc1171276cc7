import type { Problem } from "../problem.ts";
import { filesOf, publishedPackages, type Repository, type WorkspacePackage } from "../repository.ts";

const entry = { "@parfocal/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" };
const build = "tsc -p tsconfig.build.json";
/** Packages that people start by name have npm names without our scope: `npx parfocal`, `npm create parfocal-module`. */
const unscoped: Readonly<Record<string, string>> = { cli: "parfocal", "create-module": "create-parfocal-module" };
/** Packages may join what tsc wrote to few files; see docs/decisions/0006-few-files.md. */
const bundle = "node ../../tooling/bundle/src/main.mjs";

/** Fields of package.json: licence and module type everywhere, and all that a published package needs. */
export function checkPackageJson(repository: Repository): Problem[] {
  const published = new Set(publishedPackages(repository));
  return repository.packages.flatMap((item) => {
    const say = (what: string, todo: string): Problem => ({ place: `${item.place}/package.json`, what, todo });
    const problems: Problem[] = [];
    const { manifest } = item;
    if (manifest.license !== "MIT")
      problems.push(say(`has the licence ${manifest.license ?? "(none)"}`, 'write "license": "MIT"'));
    const hasCode = filesOf(item, "src/**/*.{ts,mjs}").length > 0;
    if (hasCode && manifest.type !== "module") problems.push(say("is not an ES module", 'write "type": "module"'));
    if (item.group === "tooling" && !manifest.private) problems.push(say("would be published", 'write "private": true'));
    problems.push(...scriptProblems(item, published.has(item), say));
    if (published.has(item)) problems.push(...publishProblems(item, say));
    return problems;
  });
}

type Say = (what: string, todo: string) => Problem;

/** What is there to be run must be run: a test that no script starts never fails. */
function scriptProblems(item: WorkspacePackage, published: boolean, say: Say): Problem[] {
  const wanted = new Map<string, boolean>([
    ["build", published],
    ["typecheck", filesOf(item, "src/**/*.ts", "test/**/*.ts").length > 0],
    ["test", published || filesOf(item, "src/**/*.test.ts").length > 0],
    ["test:integration", filesOf(item, "test/**/*.test.ts").length > 0],
    ["test:python", published && filesOf(item, "python/tests/**/test_*.py").length > 0],
    ["check:python", published && filesOf(item, "python/**/*.py").length > 0],
    ["fix:python", published && filesOf(item, "python/**/*.py").length > 0],
  ]);
  const { scripts } = item.manifest;
  const missing = [...wanted].filter(([name, needed]) => needed && scripts[name] === undefined);
  const idle = [...wanted].filter(([name, needed]) => !needed && scripts[name] !== undefined && name !== "build");
  return [
    ...missing.map(([name]) => say(`has no script "${name}"`, "copy the one of modules/threshold")),
    ...idle.map(([name]) => say(`has a script "${name}" with nothing to run`, "remove it, or write what it should run")),
  ];
}

function publishProblems({ group, folderName, manifest }: WorkspacePackage, say: Say): Problem[] {
  const problems: Problem[] = [];
  const name = (group === "packages" && unscoped[folderName]) || `@parfocal/${folderName}`;
  if (manifest.name !== name) problems.push(say(`is called ${manifest.name}`, `call it ${name}`));
  const exports = manifest.exports as Record<string, unknown> | undefined;
  if (JSON.stringify(exports?.["."]) !== JSON.stringify(entry)) {
    problems.push(say('has other exports for "."', `write ${JSON.stringify(entry)}, in this order`));
  }
  if (exports?.["./package.json"] !== "./package.json") {
    problems.push(say("does not export package.json", 'write "./package.json": "./package.json" into exports'));
  }
  const files = ["dist", "src", "!src/**/*.test.ts", ...(group === "modules" ? ["module.json", "python", "!python/tests"] : [])];
  for (const path of files.filter((path) => !manifest.files.includes(path))) {
    problems.push(say(`does not name ${path} in files`, "add it"));
  }
  if (manifest.engines.node !== ">=22.12") problems.push(say("names another Node in engines", 'write "node": ">=22.12"'));
  const { build: script = "" } = manifest.scripts;
  const wanted = group === "modules" ? `${build} && parfocal-build-module` : build;
  const joined = group === "packages" && script.startsWith(`${build} && ${bundle} `);
  if (script !== "" && script !== wanted && !joined)
    problems.push(say(`builds with \`${script}\``, `write "build": "${wanted}"`));
  if (group === "modules" && JSON.stringify(manifest.parfocal) !== '{"module":"module.json"}') {
    problems.push(say("cannot be discovered", 'write "parfocal": { "module": "module.json" }'));
  }
  return problems;
}
