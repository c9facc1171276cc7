import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";

const configuration = pathToFileURL(fileURLToPath(new URL("../src/index.ts", import.meta.url))).href;
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");
let root: string;

/** Beside this package, so that `vitest` is found. */
beforeAll(async () => {
  const results = fileURLToPath(new URL("../.test-results/", import.meta.url));
  await mkdir(results, { recursive: true });
  root = await mkdtemp(join(results, "a package "));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function run(name: string, project: string, files: Readonly<Record<string, string>>): Promise<unknown> {
  const folder = join(root, name);
  const all = {
    "vitest.config.ts": `import { nodeProjects } from "${configuration}";\nexport default nodeProjects();\n`,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const exitCode = await new Promise<number>((resolve) => {
    const args = [vitest, "run", "--config", "vitest.config.ts", "--project", project];
    execFile(process.execPath, args, { cwd: folder }, (error) => resolve(error === null ? 0 : Number(error.code)));
  });
  const file = join(folder, ".test-results", project === "unit" ? "test.json" : "integration.json");
  return { exitCode, ...JSON.parse((await readFile(file, "utf8")).replaceAll(root, "FOLDER")) };
}

const header = 'import { beforeAll, describe, expect, it } from "vitest";\n';

it("counts what passed, failed and was skipped, with reasons", async () => {
  const outcome = await run("mixed", "unit", {
    "src/a.test.ts": `${header}
it("adds", () => expect(1 + 1).toBe(2));
it("subtracts", () => expect(2 - 1).toBe(2));
it("reads data", (context) => context.skip("skipped: no ../shared"));
it.skip("waits", () => {});
it.todo("divides");
`,
    "src/b.test.ts": `${header}describe("data", () => {\n  beforeAll(() => { throw new Error("no disk"); });\n  it("is read", () => {});\n});\n`,
    "src/c.test.ts": "export const nothing = 0;\n",
    "src/d.test.ts": 'import "./no-such-file.ts";\n',
  });
  expect(outcome).toMatchInlineSnapshot(`
    {
      "exitCode": 1,
      "failed": [
        {
          "name": "src/a.test.ts > subtracts",
          "reason": "expected 1 to be 2 // Object.is equality",
        },
        {
          "name": "src/b.test.ts",
          "reason": "no disk",
        },
        {
          "name": "src/c.test.ts",
          "reason": "holds no test",
        },
        {
          "name": "src/d.test.ts",
          "reason": "Cannot find module './no-such-file.ts' imported from FOLDER/mixed/src/d.test.ts",
        },
      ],
      "passed": 1,
      "skipped": [
        {
          "name": "src/a.test.ts > reads data",
          "reason": "skipped: no ../shared",
        },
        {
          "name": "src/a.test.ts > waits",
          "reason": "",
        },
        {
          "name": "src/a.test.ts > divides",
          "reason": "",
        },
        {
          "name": "src/b.test.ts > data > is read",
          "reason": "",
        },
      ],
      "task": "test",
    }
  `);
});

it("passes without tests beside the code, and fails when the folder test/ runs none", async () => {
  expect(await run("bare", "unit", {})).toEqual({ exitCode: 0, task: "test", passed: 0, failed: [], skipped: [] });
  expect(await run("empty", "integration", { "test/help.ts": "export const help = 1;\n" })).toMatchObject({
    exitCode: 1,
    failed: [{ name: "test/", reason: "no test was run" }],
  });
});

it("sees an error that no test caught", async () => {
  const outcome = await run("stray", "unit", {
    "src/a.test.ts": `${header}it("is quick", () => { void Promise.reject(new Error("stray")); });\n`,
  });
  expect(outcome).toMatchObject({ exitCode: 1, passed: 1, failed: [{ name: "outside every test", reason: "stray" }] });
});
