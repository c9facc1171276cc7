import { describe, expect, it } from "vitest";
import { type Flag, parseArguments } from "./parse-arguments.ts";

const flags: Flag[] = [
  { key: "threshold", names: ["prob-threshold", "prob_thresh"], takes: "value" },
  { key: "normalize", names: ["normalize"], takes: "switch" },
  { key: "no-color", names: ["no-color"], takes: "switch" },
  { key: "output", names: ["output"], shorts: ["o"], takes: "value" },
  { key: "quiet", names: ["quiet"], shorts: ["q"], takes: "switch" },
];

function parse(...rawArguments: string[]): Record<string, unknown> {
  const parsed = parseArguments(rawArguments, flags, { onUnknown: (typed) => new Error(`unknown ${typed}`) });
  return { ...Object.fromEntries(parsed.flags.map(({ flag, value }) => [flag.key, value])), _: parsed.positionals };
}

describe("parseArguments", () => {
  it("takes values after a space and after an equals sign", () => {
    expect(parse("--prob-threshold", "0.5", "a.tif")).toEqual({ threshold: "0.5", _: ["a.tif"] });
    expect(parse("a.tif", "--prob_thresh=0.5")).toEqual({ threshold: "0.5", _: ["a.tif"] });
    expect(parse("--prob-threshold=")).toEqual({ threshold: "", _: [] });
    expect(parse("-o", "out", "-q")).toEqual({ output: "out", quiet: true, _: [] });
    expect(parse("-oout", "-o=other")).toEqual({ output: "other", _: [] });
  });

  it("takes negative numbers as values", () => {
    for (const number of ["-0.5", "-.5", "-3", "-1e3", "-Infinity"]) {
      expect(parse("--prob-threshold", number)).toEqual({ threshold: number, _: [] });
    }
  });

  it("never takes another flag for a value", () => {
    expect(() => parse("--prob-threshold", "--normalize")).toThrow("--prob-threshold needs a value");
    expect(() => parse("-o")).toThrow("-o needs a value");
  });

  it("turns switches on and off, and does not eat what follows them", () => {
    expect(parse("--normalize", "a.tif")).toEqual({ normalize: true, _: ["a.tif"] });
    expect(parse("--no-normalize")).toEqual({ normalize: false, _: [] });
    expect(parse("--normalize=false")).toEqual({ normalize: "false", _: [] });
    expect(parse("--no-color")).toEqual({ "no-color": true, _: [] });
  });

  it("does not turn off what takes a value", () => {
    expect(() => parse("--no-prob-threshold")).toThrow("unknown --no-prob-threshold");
  });

  it("ends the flags at --", () => {
    expect(parse("-q", "--", "--strange.tif", "-o")).toEqual({ quiet: true, _: ["--strange.tif", "-o"] });
  });

  it("names unknown flags as they were typed", () => {
    expect(() => parse("--nonsense=3")).toThrow("unknown --nonsense");
    expect(() => parse("-x")).toThrow("unknown -x");
    expect(() => parse("-qo")).toThrow("-q takes no value");
  });

  it("stops where it is told to", () => {
    const { positionals, rest } = parseArguments(["-q", "stardist", "--unknown", "1"], flags, {
      stopAfterPositionals: 1,
      onUnknown: (typed) => new Error(typed),
    });
    expect(positionals).toEqual(["stardist"]);
    expect(rest).toEqual(["--unknown", "1"]);
  });
});
