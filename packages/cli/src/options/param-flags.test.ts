import { describeParams, isParfocalError, type ModuleManifest } from "@parfocal/core";
import { stardist } from "@parfocal/stardist";
import { threshold } from "@parfocal/threshold";
import { describe, expect, it } from "vitest";
import { flagsOf, globalOptions } from "./command-options.ts";
import { describeFlagRange, paramFlags, paramValues, unknownParam } from "./param-flags.ts";
import { parseArguments } from "./parse-arguments.ts";

function values(manifest: ModuleManifest, ...rawArguments: string[]): Record<string, unknown> {
  const params = paramFlags(manifest);
  const options = flagsOf(globalOptions);
  const { flags } = parseArguments(rawArguments, [...params, ...options], {
    onUnknown: (typed) => unknownParam(manifest.name, typed, options, params),
  });
  return paramValues(manifest.name, params, flags);
}

function failure(manifest: ModuleManifest, ...rawArguments: string[]): { message: string; hint: string } {
  try {
    values(manifest, ...rawArguments);
  } catch (error) {
    if (isParfocalError(error, "PARAMS_INVALID")) return { message: error.message, hint: error.hint };
    throw error;
  }
  throw new Error("was accepted");
}

describe("paramFlags", () => {
  it("gives every parameter of a module its flag, upstream's names too", () => {
    const names = Object.fromEntries(paramFlags(stardist.manifest).map(({ parameter, names }) => [parameter.name, names]));
    expect(Object.keys(names)).toEqual(describeParams(stardist.manifest).map(({ name }) => name));
    expect(names.probThreshold).toEqual(["prob-threshold", "prob-thresh", "prob_thresh", "prob_threshold", "probThreshold"]);
  });
});

describe("paramValues", () => {
  it("reads numbers, null, lists, choices, texts and switches as the schema says", () => {
    expect(
      values(
        stardist.manifest,
        ...["--prob-threshold", "0.5", "--nms_thresh=auto", "--tiles", "2,3", "--no-normalize"],
        ...["--normalize-channels", "independent", "--model", "./my model"],
      ),
    ).toEqual({
      probThreshold: 0.5,
      nmsThreshold: null,
      tiles: [2, 3],
      normalize: false,
      normalizeChannels: "independent",
      model: "./my model",
    });
    expect(values(threshold.manifest, "--level", "-12.5", "--fill-holes=off")).toEqual({ level: -12.5, fillHoles: false });
    expect(values(stardist.manifest, "--tiles", "auto")).toEqual({ tiles: null });
    expect(values(stardist.manifest, "--tiles", "[1, 2]")).toEqual({ tiles: [1, 2] });
  });

  it("lets the last of a repeated flag win", () => {
    expect(values(threshold.manifest, "--level", "1", "--level", "2")).toEqual({ level: 2 });
  });

  it("says what a parameter takes", () => {
    expect(failure(stardist.manifest, "--prob-threshold", "high")).toEqual({
      message: '--prob-threshold takes a number from 0 to 1, or auto, not "high"',
      hint: "run `parfocal run stardist --help` for the parameters",
    });
    expect(failure(stardist.manifest, "--tiles", "2,x").message).toMatch(/^--tiles takes a list of .*, or auto, not "2,x"$/);
    expect(failure(stardist.manifest, "--normalize=maybe").message).toBe('--normalize takes true or false, not "maybe"');
  });

  it("offers the flag that was meant", () => {
    expect(failure(stardist.manifest, "--prob-treshold", "0.5")).toEqual({
      message: "stardist has no parameter --prob-treshold",
      hint: "did you mean --prob-threshold?",
    });
    expect(failure(stardist.manifest, "--no-normalise").hint).toBe("did you mean --normalize?");
    expect(failure(stardist.manifest, "--verbos").hint).toBe("did you mean --verbose?");
    expect(failure(stardist.manifest, "--banana").hint).toBe("run `parfocal run stardist --help` for the parameters");
  });
});

describe("describeFlagRange", () => {
  it("says auto where the schema says null", () => {
    const ranges = describeParams(stardist.manifest).map((parameter) => [parameter.name, describeFlagRange(parameter)]);
    expect(Object.fromEntries(ranges).probThreshold).toBe("a number from 0 to 1, or auto");
  });
});
