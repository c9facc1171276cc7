import { expect, it } from "vitest";
import { shellQuote } from "./shell-quote.ts";

it("quotes what a shell would take apart", () => {
  expect(["plain/path.py", "with space", "it's", ""].map((text) => shellQuote(text, "linux"))).toEqual([
    "plain/path.py",
    "'with space'",
    "'it'\\''s'",
    "''",
  ]);
  expect(["C:\\env\\python.exe", "C:\\my env\\python.exe"].map((text) => shellQuote(text, "win32"))).toEqual([
    "C:\\env\\python.exe",
    '"C:\\my env\\python.exe"',
  ]);
});
