import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createKnownModules } from "./known-modules.ts";

const threshold = fileURLToPath(new URL("../../../../modules/threshold", import.meta.url));

let start: string;
let folder: string;
beforeEach(() => {
  start = mkdtempSync(join(tmpdir(), "parfocal known "));
  folder = join(start, "node_modules", "some-module");
  for (const part of ["module.json", "python/worker.py", "python/locks"])
    cpSync(join(threshold, part), join(folder, part), { recursive: true });
  edit({ name: "some" });
  const manifest = { name: "some-module", version: "1.0.0", parfocal: { module: "module.json" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(start, "package.json"), JSON.stringify({ dependencies: { "some-module": "1.0.0" } }));
});
afterEach(() => rmSync(start, { recursive: true }));

function edit(change: object): void {
  const path = join(folder, "module.json");
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, "utf8")), ...change }));
}

test.each(["by name", "by folder"])(
  "a module that was just found %s is remembered until its module.json changes or goes",
  async (how) => {
    const modules = createKnownModules();
    const ask = () => (how === "by name" ? modules.named("some", [start]) : modules.at(folder));
    const first = await ask();
    expect(first.name).toBe("some");
    expect(await ask()).toBe(first);
    edit({ description: "another one, with more words than before" });
    expect((await ask()).manifest.description).toBe("another one, with more words than before");
    rmSync(join(folder, "module.json"));
    await expect(ask()).rejects.toThrow();
  },
);

test("what is not found is looked for again", async () => {
  const modules = createKnownModules();
  await expect(modules.named("other", [start])).rejects.toThrow("other");
  edit({ name: "other" });
  expect((await modules.named("other", [start])).name).toBe("other");
});
