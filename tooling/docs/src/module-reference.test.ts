import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readModule } from "@parfocal/core";
import { expect, it } from "vitest";
import { moduleReference } from "./module-reference.ts";

it("says of a module what it takes, what can be set and what comes out", async () => {
  const { manifest } = await readModule(fileURLToPath(new URL("../../../modules/threshold", import.meta.url)));
  const { path, content } = moduleReference("repository", manifest);
  expect(path).toBe(join("repository", "docs", "reference", "modules", "threshold.md"));
  expect(content).toContain("Takes images with axes `yx`, `zyx`, of `bool`, `uint8`,");
  expect(content).toContain("| `minSize` | `20` |");
  expect(content).toContain("| `labels` | labels, int32 | always | objects, numbered in reading order |");
  expect(content).toContain("is answered by `refine`");
  expect(content).toMatch(/## Sample\n\n16 drawn discs with noise.* Licence: MIT\.\n$/);
});
