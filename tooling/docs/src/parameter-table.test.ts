import { fileURLToPath } from "node:url";
import { type ModuleManifest, readModule } from "@parfocal/core";
import { beforeAll, expect, it } from "vitest";
import { parameterTable } from "./parameter-table.ts";

let manifest: ModuleManifest;

beforeAll(async () => {
  manifest = (await readModule(fileURLToPath(new URL("../../../modules/stardist", import.meta.url)))).manifest;
});

it("has a row for every parameter, with stage, range, flag and upstream's name", () => {
  const lines = parameterTable(manifest).split("\n");
  expect(lines).toHaveLength(2 + Object.keys(manifest.params.properties as object).length);
  const row = lines.find((line) => line.startsWith("| `probThreshold`"));
  expect(row).toContain("| `null` | a number from 0 to 1, or null |  | post |");
  expect(row).toContain("`--prob-threshold`, `prob_thresh` |");
});
