import { describe, expect, it } from "vitest";
import { formatBytes, formatColumns, formatCount, formatDuration, formatEta, wrapText } from "./format.ts";

describe("format", () => {
  it("writes bytes", () => {
    expect([0, 532, 999, 1000, 31_400_000, 999_600, 4_560_000_000, 12e12].map(formatBytes)).toEqual([
      "0 B",
      "532 B",
      "999 B",
      "1.0 kB",
      "31 MB",
      "1.0 MB",
      "4.6 GB",
      "12 TB",
    ]);
  });

  it("writes durations", () => {
    expect([0, 421, 9_994, 9_996, 12_345, 59_960, 161_000, 3_900_000].map(formatDuration)).toEqual([
      "0.00 s",
      "0.42 s",
      "9.99 s",
      "10.0 s",
      "12.3 s",
      "1 min 0 s",
      "2 min 41 s",
      "1 h 5 min",
    ]);
    expect([100, 8_000, 61_000].map(formatEta)).toEqual(["1 s", "8 s", "1 min"]);
  });

  it("counts", () => {
    expect([0, 1, 125].map((count) => formatCount(count, "object"))).toEqual(["0 objects", "1 object", "125 objects"]);
  });

  it("aligns columns and leaves no space at the end", () => {
    expect(
      formatColumns([
        ["a", "bb", "c"],
        ["aaa", "b", ""],
      ]),
    ).toBe("  a    bb  c\n  aaa  b");
  });

  it("wraps at spaces", () => {
    expect(wrapText("one two three\nfour", 8)).toEqual(["one two", "three", "four"]);
    expect(wrapText("unbreakable", 4)).toEqual(["unbreakable"]);
  });
});
