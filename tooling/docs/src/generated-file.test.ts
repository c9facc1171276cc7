import { describe, expect, it } from "vitest";
import { replaceSection, tableRow } from "./generated-file.ts";

describe("replaceSection", () => {
  it("replaces what stands between the markers and nothing else", () => {
    const text = "before\n<!-- parameters:start -->\nold\n<!-- parameters:end -->\nafter\n";
    expect(replaceSection(text, "parameters", "new")).toBe(
      "before\n<!-- parameters:start -->\nnew\n<!-- parameters:end -->\nafter\n",
    );
  });

  it("says which lines to add where they are missing", () => {
    expect(() => replaceSection("<!-- parameters:end -->", "parameters", "new")).toThrow(
      "lacks <!-- parameters:start --> and <!-- parameters:end -->; add both lines where the parameters belong",
    );
  });
});

it("keeps a bar inside a cell from ending it", () => {
  expect(tableRow(["a|b", "two\nlines"])).toBe("| a\\|b | two lines |");
});
