import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bundledName, readBundled } from "./bundled.ts";

let app = "";
let core = "";

beforeEach(() => {
  app = mkdtempSync(join(tmpdir(), "pf bundled "));
  core = join(app, "node_modules", "@parfocal", "core");
  mkdirSync(core, { recursive: true });
});
afterEach(() => rmSync(app, { recursive: true, force: true }));

test("a core that came in another way has no such settings", () => {
  expect(readBundled(core)).toEqual({});
  expect(readBundled()).toEqual({});
});

test("paths are relative to the file", () => {
  writeFileSync(join(app, bundledName), '{"home": "..", "wheelhouse": ["../wheels"], "offline": true, "accelerator": "cpu"}');
  const parent = join(app, "..");
  expect(readBundled(core)).toEqual({ home: parent, wheelhouse: [join(parent, "wheels")], offline: true, accelerator: "cpu" });
});

test("a damaged file is named", () => {
  writeFileSync(join(app, bundledName), "{");
  expect(() => readBundled(core)).toThrow(`${join(app, bundledName)}, which the installer of the bundle wrote, is damaged`);
});
