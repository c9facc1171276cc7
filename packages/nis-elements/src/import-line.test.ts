import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { importLine } from "./import-line.ts";

const folders = [
  "/home/ana/node_modules/@parfocal/nis-elements/python",
  "C:\\Users\\José Muñoz\\AppData\\Roaming\\npm\\node_modules\\@parfocal\\nis-elements\\python",
  "\\\\server\\share\\a 'b'\\new",
  'D:\\a "b"\\c',
  "D:\\",
  "/tmp/a\nb",
];

test("a Windows path is written as a raw literal", () => {
  expect(importLine("C:\\Users\\ana\\new", {})).toBe('import sys; sys.path.insert(0, r"C:\\Users\\ana\\new")');
});

test("a home that only a variable names is written into the line", () => {
  expect(importLine("/p", { PARFOCAL_HOME: "/data/ü" })).toBe(
    'import sys; sys.path.insert(0, "/p"); import parfocal_ga3; parfocal_ga3.configure(home="/data/ü")',
  );
});

test.for(folders)("Python reads the folder %j back", (folder) => {
  const script = `${importLine(folder, {})}\nsys.stdout.buffer.write(sys.path[0].encode("utf-8"))\n`;
  expect(execFileSync("python3", ["-"], { input: script, encoding: "utf8" })).toBe(folder);
});
