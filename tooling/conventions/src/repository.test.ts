import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { checkRepository } from "./check-repository.ts";
import { formatProblems } from "./problem.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

it("this repository keeps its conventions", async () => {
  expect(formatProblems(await checkRepository(root))).toBe("");
});
