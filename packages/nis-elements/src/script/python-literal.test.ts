import { describe, expect, it } from "vitest";
import { asciiText, pythonLiteral } from "./python-literal.ts";

describe("pythonLiteral", () => {
  it.each([
    [null, "None"],
    [true, "True"],
    [false, "False"],
    [0.5, "0.5"],
    [-3, "-3"],
    [1e-7, "1e-7"],
    [1e21, "1e+21"],
    ["a\\b", 'r"a\\b"'],
    ['say "x"', '"say \\"x\\""'],
    ["line\nnext\r\t\0", '"line\\nnext\\r\\t\\u0000"'],
    ["ü 日 😀", '"\\u00fc \\u65e5 \\U0001f600"'],
    [[1, null, ["a"]], '[1, None, ["a"]]'],
    [{ a: true }, '{"a": True}'],
  ])("%j is %s", (value, text) => expect(pythonLiteral(value)).toBe(text));

  it("refuses what Python has no literal for", () => {
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, () => 0])
      expect(() => pythonLiteral(value)).toThrow(TypeError);
  });
});

it("asciiText keeps comments readable", () => {
  expect(asciiText("Größe in µm: 3 – 5, naïve")).toBe("Grosse in um: 3 ? 5, naive".replace("Grosse", "Gro?e"));
});
