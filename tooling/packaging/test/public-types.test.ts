import { checkPublicTypes, formatProblems, readRepository } from "@parfocal/conventions";
import { expect, it } from "vitest";
import { repository } from "./support.ts";

it("no package says any in the types that it publishes", () => {
  expect(formatProblems(checkPublicTypes(readRepository(repository)))).toBe("");
});
