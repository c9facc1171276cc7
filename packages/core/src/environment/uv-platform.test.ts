import { expect, test } from "vitest";
import { uvPlatform } from "./uv-platform.ts";
import { uvWheels } from "./uv-release.ts";

test("names every platform that uv is pinned for", () => {
  const platforms = ["linux", "darwin", "win32"].flatMap((platform) =>
    ["x64", "arm64"].flatMap((architecture) => [true, false].map((glibc) => uvPlatform(platform, architecture, () => glibc))),
  );
  expect([...new Set(platforms)].sort()).toEqual(Object.keys(uvWheels).sort());
});

test("asks for the C library on Linux alone", () => {
  const never = (): boolean => expect.fail("was asked");
  expect(uvPlatform("darwin", "arm64", never)).toBe("darwin-arm64");
  expect(uvPlatform("linux", "x64", () => false)).toBe("linux-x64-musl");
});

test("knows the C library that this Node runs on", () => {
  const expected = process.platform === "linux" ? /^linux-(x64|arm64)(-musl)?$/ : /^(darwin|win32)-(x64|arm64)$/;
  expect(uvPlatform()).toMatch(expected);
  expect(Object.keys(uvWheels)).toContain(uvPlatform());
});
