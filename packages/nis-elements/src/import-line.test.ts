import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { importLine } from "./import-line.ts";
import { pythonText } from "./python-text.ts";

const texts = [
  "/home/ana/node_modules/@parfocal/nis-elements/python",
  "C:\\Users\\José Muñoz\\AppData\\Roaming\\npm\\node_modules\\@parfocal\\nis-elements\\python",
  "\\\\server\\share\\a 'b'\\new",
  'D:\\a "b"\\c',
  "D:\\",
  "/tmp/a\nb",
];

test("a Windows path is written as a raw literal", () => {
  expect(pythonText("C:\\Users\\ana\\new")).toBe('r"C:\\Users\\ana\\new"');
});

test.for(texts)("Python reads %j back", (text) => {
  const script = `import sys; sys.stdout.buffer.write(${pythonText(text)}.encode("utf-8"))`;
  expect(execFileSync("python3", ["-"], { input: script, encoding: "utf8" })).toBe(text);
});

test("the line tells the client where everything is", () => {
  const places = {
    clientFolder: "/p",
    daemonState: "C:\\h\\daemon\\daemon.json",
    daemonCommand: ["C:\\node.exe", "d.js"],
    variables: { PARFOCAL_THREADS: "2" },
  };
  expect(importLine(places, "/ü")).toBe(
    'import sys; sys.path.insert(0, "/p"); import parfocal_ga3; parfocal_ga3.use(state=r"C:\\h\\daemon\\daemon.json", ' +
      'daemon=[r"C:\\node.exe", "d.js"], start="/\\u00fc", variables={"PARFOCAL_THREADS": "2"})',
  );
});
