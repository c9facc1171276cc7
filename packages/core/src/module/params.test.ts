import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isParfocalError } from "../errors/parfocal-error.ts";
import { defineModule } from "./define-module.ts";
import { describeParams } from "./describe-params.ts";
import { type ResolveOptions, resolveParams, splitParams, toWire } from "./params.ts";

const { manifest } = defineModule({
  name: "probe",
  version: "1.0.0",
  kind: "segmenter",
  description: "for tests",
  folder: new URL("./", import.meta.url),
  params: z.strictObject({
    weights: z.string().default("nuclei").meta({ title: "Weights", stage: "load" }),
    scale: z.number().positive().default(1).meta({ title: "Scale", stage: "network" }),
    tiles: z.array(z.int().min(1)).nullable().default(null).meta({ stage: "network" }),
    probThreshold: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta({ title: "Probability", stage: "post", aliases: ["prob_thresh"] }),
    mode: z.enum(["otsu", "fixed"]).default("otsu").meta({ stage: "post" }),
  }),
  accepts: { axes: ["yx"], dtypes: ["uint8"] },
  outputs: { labels: { kind: "labels", description: "objects" } },
});

function messageOf(given: Record<string, unknown>, options: ResolveOptions = {}): string {
  try {
    resolveParams(manifest, given, options);
  } catch (error) {
    if (isParfocalError(error, "PARAMS_INVALID")) return error.message;
    throw error;
  }
  throw new Error("was accepted");
}

describe("resolveParams", () => {
  it("fills in defaults and takes every name of a parameter", () => {
    expect(resolveParams(manifest)).toEqual({ weights: "nuclei", scale: 1, tiles: null, probThreshold: 0.5, mode: "otsu" });
    for (const name of ["probThreshold", "prob_threshold", "prob-threshold", "prob_thresh", "probThresh"]) {
      expect(resolveParams(manifest, { [name]: 0.3 }).probThreshold).toBe(0.3);
    }
  });

  it("says what is wrong in words", () => {
    expect(messageOf({ probThreshold: 2 })).toBe("probe: probThreshold = 2: must be a number from 0 to 1");
    expect(messageOf({ probTreshold: 0.2 })).toBe("probe: probTreshold: no such parameter; did you mean probThreshold?");
    expect(messageOf({ mode: "wild" })).toBe('probe: mode = "wild": must be "otsu" or "fixed"');
    expect(messageOf({ scale: 0 })).toBe("probe: scale = 0: must be a number above 0");
    expect(messageOf({ tiles: "2" })).toBe('probe: tiles = "2": must be a list of integers, or null');
    expect(messageOf({ prob_thresh: 0.2, probThreshold: 0.2 })).toContain("given twice");
  });

  it("keeps to the stages of a call", () => {
    const stages = ["network", "post"] as const;
    expect(resolveParams(manifest, { scale: 2 }, { stages })).toEqual({
      scale: 2,
      tiles: null,
      probThreshold: 0.5,
      mode: "otsu",
    });
    expect(resolveParams(manifest, { weights: "nuclei" }, { stages })).not.toHaveProperty("weights");
    expect(messageOf({ weights: "other" }, { stages })).toContain("weights is chosen when the worker starts");
    const fixed = { scale: 2, tiles: null, probThreshold: 0.4, mode: "fixed", weights: "nuclei" };
    expect(resolveParams(manifest, { mode: "otsu" }, { stages: ["post"] as const, fixed })).toEqual({
      probThreshold: 0.4,
      mode: "otsu",
    });
    expect(messageOf({ scale: 3 }, { stages: ["post"] as const, fixed })).toContain("scale needs the network again (it was 2)");
  });

  it("splits load parameters from those of a call", () => {
    expect(splitParams(manifest, { weights: "w", prob_thresh: 0.1 })).toEqual({
      load: { weights: "w" },
      call: { prob_thresh: 0.1 },
    });
    expect(toWire({ probThreshold: 0.5 })).toEqual({ prob_threshold: 0.5 });
  });
});

describe("describeParams", () => {
  it("reads type, range, names and stage out of the JSON Schema", () => {
    const [, , tiles, probThreshold] = describeParams(manifest);
    expect(tiles).toMatchObject({ type: "array", itemType: "integer", nullable: true, default: null });
    expect(probThreshold).toMatchObject({
      name: "probThreshold",
      pythonName: "prob_threshold",
      flag: "prob-threshold",
      type: "number",
      minimum: 0,
      maximum: 1,
      stage: "post",
      aliases: ["prob_thresh"],
    });
  });
});
