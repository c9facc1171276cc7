import { expect, test } from "vitest";
import { killTree, taskkillArguments, taskkillPath } from "./terminate.ts";

test("taskkill is named by its full path and ends the whole tree", () => {
  expect(taskkillPath({ SystemRoot: "D:\\Win" }).replaceAll("/", "\\")).toBe("D:\\Win\\System32\\taskkill.exe");
  expect(taskkillPath({}).replaceAll("/", "\\")).toBe("C:\\Windows\\System32\\taskkill.exe");
  expect(taskkillArguments(4711)).toEqual(["/PID", "4711", "/T", "/F"]);
});

test.skipIf(process.platform === "win32")("a group that is gone is no error", () => {
  expect(() => killTree(2 ** 22 - 1, "SIGKILL")).not.toThrow();
});
