import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { exitCodeOf, isParfocalError, ParfocalError } from "../errors/parfocal-error.ts";
import { packageFolder } from "../package-folder.ts";
import { readModule } from "./read-module.ts";

const { version: coreVersion } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

function moduleOf(manifestVersion: number, packageJson?: object): string {
  const folder = mkdtempSync(join(tmpdir(), "pf contract "));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "module.json"), JSON.stringify({ manifestVersion, name: "mine", field: "of another time" }));
  if (packageJson) writeFileSync(join(folder, "package.json"), JSON.stringify(packageJson));
  return folder;
}

test("a module for a newer core names both versions, and how to get one", async () => {
  const folder = moduleOf(2, { name: "@lab/mine", version: "3.1.0", dependencies: { "@parfocal/core": "^2.0.0" } });
  await expect(readModule(folder)).rejects.toMatchObject({
    code: "MODULE_INCOMPATIBLE",
    message: `@lab/mine 3.1.0 in ${folder} follows version 2 of the module contract and asks for @parfocal/core ^2.0.0; @parfocal/core ${coreVersion} runs version 1`,
    hint: "install the newest Parfocal with `npm install parfocal@latest`",
    details: { manifestVersion: 2, oldest: 1, newest: 1, wantedCore: "^2.0.0", coreVersion },
  });
});

test("a module for an older core is told apart from one that is damaged", async () => {
  const old = { name: "@lab/mine", version: "0.3.0", peerDependencies: { "@parfocal/core": "^0.9.0" } };
  await expect(readModule(moduleOf(0, old))).rejects.toMatchObject({
    code: "MODULE_INCOMPATIBLE",
    message: expect.stringContaining("asks for @parfocal/core ^0.9.0"),
    hint: "install the newest version of the module with `npm install @lab/mine@latest`",
  });
  await expect(readModule(moduleOf(0))).rejects.toMatchObject({
    message: expect.stringContaining("the module mine in "),
    hint: expect.stringContaining("docs/guides/release.md"),
    details: { wantedCore: null },
  });
  await expect(readModule(moduleOf(1))).rejects.toMatchObject({ code: "MODULE_INVALID" });
  await expect(readModule(moduleOf(1.5))).rejects.toMatchObject({ code: "MODULE_INVALID" });
});

test("an error with a code of a newer core still has an exit code", () => {
  const error = new ParfocalError("INTERNAL", "new", { hint: "none" });
  Object.assign(error, { code: "CODE_OF_LATER" });
  expect(isParfocalError(error)).toBe(true);
  expect(exitCodeOf(error)).toBe(1);
});
