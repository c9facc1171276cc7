import { describe, expect, test } from "vitest";
import { selectSets } from "../weights/select-sets.ts";
import { moduleManifestSchema } from "./manifest.ts";
import type { WeightSet } from "./weight-set.ts";

const licence = { code: "MIT", weights: "MIT", trainingData: "unknown", redistribution: "unclear" } as const;

function setOf(name: string, when: WeightSet["when"], file = name, url = `https://h.example/${file}`): WeightSet {
  return { name, description: "", when, files: [{ name: file, url, bytes: null, sha256: null }], licence };
}

const manifestWith = (weights: readonly unknown[]) => ({
  manifestVersion: 1,
  name: "mine",
  version: "1.0.0",
  kind: "segmenter",
  description: "",
  params: {
    properties: { model: { type: "string", stage: "load" }, restore: { type: "string", stage: "load" }, size: { stage: "post" } },
  },
  accepts: { axes: ["yx"], dtypes: ["uint8"] },
  outputs: { labels: { kind: "labels", description: "objects" } },
  profiles: { default: { imports: [] } },
  weights,
});

describe("declared weights", () => {
  test.each<[readonly WeightSet[], string]>([
    [
      [setOf("a", { mode: "x" })],
      '"path":["weights",0,"when","mode"],"message":"there is no such parameter of stage \\"load\\""',
    ],
    [[setOf("a", { size: "1" })], '"path":["weights",0,"when","size"]'],
    [[setOf("a", {}), setOf("a", {}, "b")], '"path":["weights",1,"name"],"message":"another set is called a, too"'],
    [[setOf("a", {}, "f"), setOf("b", {}, "f", "https://h.example/other")], "another file is called f, too"],
    [[setOf("a", {}, "f", "ftp://h.example/f")], "must be an http or https address of a file"],
  ])("are refused by place where they are wrong", (weights, message) => {
    const parsed = moduleManifestSchema.safeParse(manifestWith(weights));
    expect(JSON.stringify(parsed.error?.issues)).toContain(message);
  });

  test("may share a file", () => {
    expect(moduleManifestSchema.safeParse(manifestWith([setOf("a", {}, "f"), setOf("b", {}, "f")])).success).toBe(true);
  });

  test("are chosen by load parameters", () => {
    const sets = [
      setOf("always", {}),
      setOf("one", { model: "cyto3" }),
      setOf("some", { restore: ["denoise", "deblur"] }),
      setOf("both", { model: "cyto3", restore: "denoise" }),
    ];
    const chosen = (params: Record<string, unknown>) => selectSets(sets, params).map(({ name }) => name);
    expect(chosen({ model: "cyto3", restore: null })).toEqual(["always", "one"]);
    expect(chosen({ model: "nuclei", restore: "deblur" })).toEqual(["always", "some"]);
    expect(chosen({ model: "cyto3", restore: ["upsample", "denoise"] })).toEqual(["always", "one", "some", "both"]);
    expect(chosen({})).toEqual(["always"]);
  });
});
