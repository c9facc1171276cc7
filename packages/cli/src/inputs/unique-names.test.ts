import { describe, expect, it } from "vitest";
import { uniqueNames } from "./unique-names.ts";

const names = (...paths: string[]) => uniqueNames(paths, "/data");

describe("uniqueNames", () => {
  it("takes the file's own name where nothing speaks against it", () => {
    expect(names("/data/a.tif", "/data/b.c.tif", "/data/d.ome.tiff")).toEqual(["a", "b.c", "d"]);
  });

  it("tells apart by extension, by folder, by path", () => {
    expect(names("/data/a.tif", "/data/a.png", "/data/b.tif")).toEqual(["a_tif", "a_png", "b"]);
    expect(names("/data/p1/a.tif", "/data/p2/a.tif")).toEqual(["p1_a", "p2_a"]);
    expect(names("/data/x/p/a.tif", "/data/y/p/a.tif")).toEqual(["x_p_a_tif", "y_p_a_tif"]);
  });

  it("counts names as equal that some file systems cannot hold both", () => {
    expect(names("/data/A.tif", "/data/p/a.png")).toEqual(["A_tif", "a_png"]);
  });

  it("gives up where names still collide", () => {
    expect(names("/data/a.tif", "/data/a.png", "/data/a_png.tif")).toBeNull();
  });
});
