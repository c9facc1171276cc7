import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { apiReference } from "./api-reference.ts";

describe("the reference of the packages", () => {
  const pages = apiReference(fileURLToPath(new URL("../../../", import.meta.url)));
  const core = pages.find(({ path }) => path.endsWith("core.md"))!.content;
  const of = (name: string): string => core.split(/^## /m).find((section) => section.startsWith(`${name}\n`)) ?? "";

  it("shows a function without its body, with its docstring and errors", () => {
    expect(of("readNpy")).toContain("function readNpy(path: string, options: ReadNpyOptions = {}): Promise<NdArray>;\n```");
    expect(of("readNpy")).toContain("Throws ParfocalError INPUT_NOT_FOUND");
  });

  it("keeps the docstrings of members", () => {
    expect(of("LiveWorker")).toContain("/** Process id of the live Python process, null when there is none. */");
  });

  it("shows a class without private members and bodies", () => {
    expect(of("ParfocalError")).toMatch(
      /class ParfocalError<C extends ErrorCode = ErrorCode> extends Error \{\n {2}readonly code: C;/,
    );
    expect(of("ParfocalError")).not.toContain("super(");
  });

  it("links to names on the same page and leaves no link open", () => {
    expect(of("findEnvironment") + of("ensureEnvironment")).toContain("[`findEnvironment`](#findenvironment)");
    expect(pages.map(({ content }) => content.replace(/```ts.*?```/gs, "")).join()).not.toContain("{@link");
  });
});
