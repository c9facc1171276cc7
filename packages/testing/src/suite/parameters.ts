import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeParams, type Module, type ModuleBase, type ParameterDescription } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import type { ConformanceOptions } from "../describe-module.ts";
import { drawDiscs } from "../images.ts";

/** Wrong parameters are refused before Python starts. */
export function describeParameters(module: Module, options: ConformanceOptions): void {
  const { manifest } = module;
  const image = drawDiscs({ axes: (options.axes ?? manifest.accepts.axes)[0]! });
  describe("parameters", () => {
    const wrong = [
      ...describeParams(manifest).flatMap((parameter) => outOfRange(parameter).map((value) => ({ [parameter.name]: value }))),
      ...(options.badParams ? [options.badParams] : []),
      { noSuchParameter: 1 },
    ];
    it.each(wrong.map((params) => ({ text: JSON.stringify(params), params })))(
      "refuses $text before Python starts",
      async ({ params }) => {
        const seen: string[] = [];
        const onEvent = ({ type }: { readonly type: string }) => seen.push(type);
        await expect(module.run(image, params, { onEvent })).rejects.toMatchObject({ code: "PARAMS_INVALID" });
        expect(seen).toEqual([]);
      },
    );
  });
  describeReadme(module);
}

/** The README says what the schema says. */
export function describeReadme({ manifest, handle }: ModuleBase): void {
  const readme = join(handle.folder, "README.md");
  const text = existsSync(readme) ? readFileSync(readme, "utf8") : "";
  it.runIf(text.includes("<!-- parameters:start -->"))("has the parameters in the README that it has in the schema", () => {
    const table = text.slice(text.indexOf("<!-- parameters:start -->"), text.indexOf("<!-- parameters:end -->"));
    const rows = [...table.matchAll(/^\| `(\w+)` \| `([^`]*)` \|/gm)].map(([, name, value]) => ({ name, default: value }));
    expect(rows).toEqual(describeParams(manifest).map(({ name, default: value }) => ({ name, default: JSON.stringify(value) })));
  });
}

/** Values just beyond a parameter's limits, and one of another kind. */
function outOfRange(parameter: ParameterDescription): unknown[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, choices, type } = parameter;
  return [
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(exclusiveMinimum === undefined ? [] : [exclusiveMinimum]),
    ...(exclusiveMaximum === undefined ? [] : [exclusiveMaximum]),
    ...(choices === undefined ? [] : ["no such choice"]),
    ...(type === "boolean" ? ["yes"] : []),
  ];
}
