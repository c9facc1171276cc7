import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkRepository } from "./check-repository.ts";
import { formatProblems } from "./problem.ts";
import { readRepository } from "./repository.ts";
import { checkPublicTypes } from "./rules/public-types.ts";

let root: string;

const files: Readonly<Record<string, string>> = {
  "packages/core/package.json": JSON.stringify({
    name: "@parfocal/core",
    version: "1.0.0",
    license: "MIT",
    type: "module",
    scripts: { build: "tsc -p tsconfig.build.json", typecheck: "tsc", test: "vitest run", "test:python": "pytest" },
    exports: {
      ".": { "@parfocal/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
    files: ["dist", "src", "!src/**/*.test.ts"],
    engines: { node: ">=22.12" },
    dependencies: { "@parfocal/io": "workspace:^" },
  }),
  "packages/core/README.md":
    "# core\n\n[there](../io/package.json) [gone](docs/gone.md#part) [web](https://example.org) `[code](x)`\n",
  "packages/core/tsconfig.json": "{}",
  "packages/core/tsconfig.build.json": "{}",
  "packages/core/vitest.config.ts": "export default {};\n",
  "packages/core/src/index.ts": 'export * from "./inner/index.ts";\nexport default 1;\n',
  "packages/core/src/inner/index.ts": 'export { a } from "../a.ts";\nexport { b } from "../../../io/src/b.ts";\n',
  "packages/core/src/a.ts": `export enum Colour { Red }\n${"// more\n".repeat(400)}`,
  "packages/core/src/c.ts": 'import { readImage } from "@parfocal/io/formats";\nimport { help } from "@parfocal/dots/help";\n',
  "packages/core/dist/index.d.ts": "/** any array */\nexport declare function any(): void;\nexport declare const x: unknown;\n",
  "packages/core/dist/a.d.ts": 'export declare const kind: "any";\nexport declare const list: readonly any[];\n',
  "packages/io/package.json": JSON.stringify({ name: "@parfocal/io", private: true, license: "MIT" }),
  "modules/dots/package.json": JSON.stringify({
    name: "@parfocal/dots",
    version: "1.2.0",
    license: "GPL-3.0",
    scripts: { build: "tsc" },
    devDependencies: { "@parfocal/lines": "workspace:^" },
  }),
  "modules/dots/src/index.ts": 'export const spots = { name: "dots", version: "1.1.0" };\nexport const VERSION = "1.1.0";\n',
  "modules/dots/python/pyproject.toml": '[project]\nversion = "1.1.0"\nlicense = "GPL-3.0"\n',
  "modules/dots/python/worker.py": `path = "${["/opt", "wheels"].join("/")}"\nindex = "${["pypi", "org"].join(".")}"\n`,
  "modules/lines/package.json": JSON.stringify({ name: "@parfocal/lines", private: true, license: "MIT" }),
  "tooling/knife/package.json": JSON.stringify({ name: "@parfocal/knife", license: "MIT" }),
  "tooling/knife/test/cut.test.mts": "",
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "parfocal conventions "));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  await execa("git", ["init", "--quiet"], { cwd: root });
});
afterAll(() => rm(root, { recursive: true, force: true }));

it("says what each folder lacks and what to do about it", async () => {
  expect(formatProblems(await checkRepository(root))).toMatchInlineSnapshot(`
    "modules/dots: has no README.md; say in it what the package is, how to install it, an example, its errors and its licence
    modules/dots: has no tsconfig.json; copy that of modules/threshold
    modules/dots: has no tsconfig.build.json; copy that of modules/threshold
    modules/dots: has no vitest.config.ts; copy that of modules/threshold
    modules/dots: has no src/params.ts; write the parameters there as one zod schema
    modules/dots: has no src/version.ts; run \`pnpm docs --versions\`
    modules/dots: has no python/locks/default/locks.json; run \`pnpm lock\`
    modules/dots: has no python/locks/default/cpu.txt; run \`pnpm lock\`
    modules/dots: has no python/locks/default/test.txt; name pytest in the dependency group \`test\` of pyproject.toml and run \`pnpm lock\`
    modules/dots: has no test/conformance.test.ts; call describeModule() of @parfocal/testing in it
    modules/dots: has no python/tests/test_*.py; test the worker on real and on damaged images
    packages/core/package.json: has a script "test:python" with nothing to run; remove it, or write what it should run
    modules/dots/package.json: has the licence GPL-3.0; write "license": "MIT"
    modules/dots/package.json: is not an ES module; write "type": "module"
    modules/dots/package.json: has no script "typecheck"; copy the one of modules/threshold
    modules/dots/package.json: has no script "test"; copy the one of modules/threshold
    modules/dots/package.json: has no script "check:python"; copy the one of modules/threshold
    modules/dots/package.json: has no script "fix:python"; copy the one of modules/threshold
    modules/dots/package.json: has other exports for "."; write {"@parfocal/source":"./src/index.ts","types":"./dist/index.d.ts","default":"./dist/index.js"}, in this order
    modules/dots/package.json: does not export package.json; write "./package.json": "./package.json" into exports
    modules/dots/package.json: does not name dist in files; add it
    modules/dots/package.json: does not name src in files; add it
    modules/dots/package.json: does not name !src/**/*.test.ts in files; add it
    modules/dots/package.json: does not name module.json in files; add it
    modules/dots/package.json: does not name python in files; add it
    modules/dots/package.json: does not name !python/tests in files; add it
    modules/dots/package.json: names another Node in engines; write "node": ">=22.12"
    modules/dots/package.json: builds with \`tsc\`; write "build": "tsc -p tsconfig.build.json && parfocal-build-module"
    modules/dots/package.json: cannot be discovered; write "parfocal": { "module": "module.json" }
    tooling/knife/package.json: would be published; write "private": true
    modules/dots/python/pyproject.toml: does not name our licence; write license = "MIT"
    modules/dots/python/pyproject.toml: names no minor version of Python; write requires-python = "==3.11.*"
    modules/dots/python/pyproject.toml: would be built as a package; write package = false under [tool.uv]
    modules/dots/python/pyproject.toml: has a version of its own; write version = "0": the npm version is the module's
    packages/core/package.json: depends on @parfocal/io; it may depend on no other package of this repository; move what is shared there
    packages/core/src/c.ts: imports @parfocal/dots/help, which is not among its dependencies; add it there, if it may be
    packages/core/src/inner/index.ts: imports ../../../io/src/b.ts, outside its package; import what a package exports, by its name
    modules/dots/package.json: knows the module @parfocal/lines; no module knows another
    packages/core/src/a.ts: has 401 lines; split it by concept; 400 is the limit
    packages/core/src/a.ts: has an enum or a namespace; use a union of strings, or plain exports
    packages/core/src/index.ts: has a default export; export it by name
    packages/core/src/index.ts: exports everything of another file; list the names
    packages/core/src/inner/index.ts: re-exports another file; import from that file; only entry points list exports
    modules/dots/src/index.ts: exports no dots; write \`export const dots = defineModule(...)\`
    modules/dots/src/index.ts: VERSION is 1.1.0, package.json says 1.2.0; run \`pnpm docs --versions\`
    packages/core/README.md: links to docs/gone.md#part, which is not there; write that file, or correct the link
    modules/dots/python/worker.py:2: names a package host; leave the host to the user's own settings
    modules/dots/python/worker.py:1: names a path of one machine; take it from a setting, or make it relative"
  `);
});

it("finds any in what a package's types say, not in their comments, names and texts", () => {
  expect(formatProblems(checkPublicTypes(readRepository(root)))).toMatchInlineSnapshot(`
    "packages/core/src/a.ts: says any in its types (dist/a.d.ts:2); say unknown, or the type
    modules/dots: is not built; run \`pnpm build\`"
  `);
});
