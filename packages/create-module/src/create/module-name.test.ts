import { expect, test } from "vitest";
import { readModuleName } from "./module-name.ts";

test.each([
  ["nuclei-finder", "nuclei-finder", "parfocal-nuclei-finder"],
  ["@my-lab/nuclei-finder", "nuclei-finder", "@my-lab/nuclei-finder"],
  ["parfocal-spots", "spots", "parfocal-spots"],
  [" spots2 ", "spots2", "parfocal-spots2"],
  ["con-focal", "con-focal", "parfocal-con-focal"],
])("%s is the module %s in the package %s", (given, name, packageName) => {
  expect(readModuleName(given)).toEqual({ name, packageName });
});

test.each([
  ["Nuclei_Finder", "must be lower case letters, digits and dashes", "take for example nuclei-finder"],
  ["", "must be lower case letters", "nuclei-finder"],
  ["3d-spots", "must be lower case letters", "take for example d-spots"],
  ["../spots", "must be lower case letters", "take for example spots"],
  ["spots\\x", "must be lower case letters", "take for example spots-x"],
  ["@Lab/spots", "@Lab is not an npm scope", "write a scope in lower case"],
  ["@lab/", "must be lower case letters", "nuclei-finder"],
  ["spots-", "it ends with a dash", "take for example spots"],
  ["class", "TypeScript or the module's own files use this word", "take for example class-finder"],
  ["define-module", "TypeScript or the module's own files use this word", "define-module-finder"],
  ["aux", "Windows allows no folder of this name", "take for example aux-finder"],
  ["a".repeat(40), "it has more than 39 letters", `take for example ${"a".repeat(20)}`],
])("%j is refused: %s", (given, why, hint) => {
  expect(() => readModuleName(given)).toThrow(
    expect.objectContaining({
      code: "USAGE",
      message: expect.stringContaining(why),
      hint: expect.stringContaining(hint),
    }),
  );
});
