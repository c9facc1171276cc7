import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { mirrored, placeParts, standInPlaces, weightPlace } from "./place.ts";

describe("where weights lie", () => {
  test.each([
    ["https://weights.example/models/cyto3", ["weights.example", "models", "cyto3"]],
    ["https://weights.example:8443//a/net.pt?download=1&v=2", ["weights.example_8443", "a", "net.pt_download=1_v=2"]],
    ["https://weights.example/a%20b/%C3%BCber%2Fnet", ["weights.example", "a b", "über_net"]],
    ["https://weights.example/a/..%2f..%2Fnet", ["weights.example", "a", ".._.._net"]],
    ["https://weights.example/%2e%2e%2f/x:y|z.", ["weights.example", ".._", "x_y_z_"]],
    ["https://weights.example/con/nul.pt", ["weights.example", "_con", "_nul.pt"]],
    ["https://weights.example/100%/net", ["weights.example", "100_", "net"]],
  ])("%s", (url, parts) => {
    expect(placeParts(url)).toEqual(parts);
    expect(weightPlace({ home: "/home" }, url)).toBe(join("/home", "weights", ...parts));
  });

  test("also in folders that stand in, by address and by name", () => {
    expect(standInPlaces({ weightsFolders: ["/a", "/b"] }, "https://h.example/x/net")).toEqual([
      join("/a", "h.example", "x", "net"),
      join("/a", "net"),
      join("/b", "h.example", "x", "net"),
      join("/b", "net"),
    ]);
  });

  test("a mirror keeps host, path and query", () => {
    expect(mirrored({ mirror: "http://m.example/w/" }, "https://h.example:81/x/net?v=1")).toBe(
      "http://m.example/w/h.example:81/x/net?v=1",
    );
    expect(mirrored({}, "https://h.example/net")).toBe("https://h.example/net");
  });
});
