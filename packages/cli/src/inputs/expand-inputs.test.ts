import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expandInputs } from "./expand-inputs.ts";

let cwd = "";
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "parfocal-inputs-"));
  mkdirSync(join(cwd, "plate/deep"), { recursive: true });
  for (const name of ["a10.tif", "a2.tif", ".hidden.tif", "notes.txt", "plate/b.tif", "plate/deep/c.tif", "x[1].tif"]) {
    writeFileSync(join(cwd, name), "");
  }
});
afterEach(() => rmSync(cwd, { recursive: true }));

async function expand(...given: string[]): Promise<string[]> {
  const inputs = await expandInputs(given, { cwd, loadIsImage: async () => (name) => name.endsWith(".tif") });
  return inputs.map(({ path, error }) => (error ? `${error.code}: ${error.message}` : relative(cwd, path)));
}

describe("expandInputs", () => {
  it("takes the images of a folder in natural order, not those of its folders, and no hidden ones", async () => {
    expect(await expand(".")).toEqual(["a2.tif", "a10.tif", "x[1].tif"]);
    expect(await expand("plate")).toEqual([join("plate", "b.tif")]);
  });

  it("takes what a pattern matches, in the same order every time", async () => {
    expect(await expand("**/*.tif")).toEqual([
      "a2.tif",
      "a10.tif",
      join("plate", "b.tif"),
      join("plate/deep", "c.tif"),
      "x[1].tif",
    ]);
    expect(await expand("{a2,plate/b}.tif")).toEqual(["a2.tif", join("plate", "b.tif")]);
  });

  it("takes a file that is named, whatever its name is", async () => {
    expect(await expand("x[1].tif", "notes.txt")).toEqual(["x[1].tif", "notes.txt"]);
  });

  it.skipIf(process.platform === "win32")("takes every file once, also by another name", async () => {
    symlinkSync(join(cwd, "a2.tif"), join(cwd, "link.tif"));
    expect(await expand("a2.tif", "./a2.tif", "a*.tif", "link.tif")).toEqual(["a2.tif", "a10.tif"]);
  });

  it("says what stands for no image, and goes on", async () => {
    mkdirSync(join(cwd, "empty"));
    expect(await expand("gone.tif", "*.czi", "empty", "a2.tif")).toEqual([
      "INPUT_NOT_FOUND: there is no file gone.tif",
      "INPUT_NOT_FOUND: no image matches *.czi",
      "INPUT_NOT_FOUND: the folder empty holds no image that can be read",
      "a2.tif",
    ]);
  });

  it("leaves results of earlier runs out, and labels that are nobody's result in", async () => {
    for (const name of ["a2.run.json", "a2_labels.tif", "a2_overlay.tif", "a10_labels.tif"]) writeFileSync(join(cwd, name), "");
    expect(await expand("a*.tif")).toEqual(["a2.tif", "a10.tif", "a10_labels.tif"]);
  });
});
