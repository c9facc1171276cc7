import { fileURLToPath } from "node:url";
import { describeParams, type ModuleHandle, readModule, resolveParams } from "@parfocal/core";
import { beforeAll, describe, expect, it } from "vitest";
import { constantName } from "./constants.ts";
import type { ScriptOptions } from "./script-options.ts";
import { writeScript } from "./write-script.ts";

const names = ["threshold", "stardist", "cellpose", "deepimagej"] as const;
const modules: Record<string, ModuleHandle> = {};
beforeAll(async () => {
  for (const name of names)
    modules[name] = (await readModule(fileURLToPath(new URL(`../../../../modules/${name}`, import.meta.url)))).handle;
});

function script(name: (typeof names)[number], options: Partial<ScriptOptions> = {}): string {
  const module = modules[name]!;
  return writeScript({
    module,
    params: resolveParams(module.manifest, {}),
    nis: "6.20",
    volume: false,
    table: false,
    binary: "int32",
    inputChannel: null,
    userParams: false,
    places: {
      clientFolder: "/opt/parfocal",
      daemonState: "/home/daemon.json",
      daemonCommand: ["/usr/bin/node", "/opt/daemon.js"],
      variables: {},
    },
    command: `parfocal ga3 script ${name}`,
    ...options,
  });
}

const variants: readonly Partial<ScriptOptions>[] = [
  {},
  { volume: true, table: true },
  { binary: "uint8", inputChannel: "DAPI" },
  { nis: "7.x", table: true },
  { nis: "7.x", userParams: true, volume: true },
];

describe("every script", () => {
  for (const name of names) {
    for (const options of variants) {
      it(`of ${name}: ${JSON.stringify(options)}`, () => {
        const text = script(name, options);
        expect(text).toMatch(/^[\x20-\x7e\n]*$/);
        expect(text.split("\n").filter((line) => line === "import limnode")).toHaveLength(1);
        expect(text).not.toMatch(/from limnode|limnode as/);
        expect(text).toContain(`write this script anew: parfocal ga3 script ${name}`);
        expect(text.endsWith('if __name__ == "__main__":\n    limnode.child_main(run, output, build)\n')).toBe(true);
        expect(text).not.toContain("__file__");
        const call = text.slice(text.indexOf("    return dict("), text.indexOf("\n    )\n"));
        for (const parameter of describeParams(modules[name]!.manifest)) {
          const assignments = text.split("\n").filter((line) => line.startsWith(`${constantName(parameter)} = `));
          expect(assignments, parameter.name).toHaveLength(1);
          expect(
            call.match(new RegExp(`^ {8}${parameter.pythonName}=.*${constantName(parameter)}`, "gm")),
            parameter.name,
          ).toHaveLength(1);
        }
      });
    }
  }
});

describe("the functions", () => {
  it("are those of 6.20, without a word of 7.x", () => {
    const text = script("stardist", { table: true, volume: true });
    expect(text).toContain("def output(inp, out):");
    expect(text).toContain("def build(loops):\n    return None");
    expect(text).toContain("def run(inp, out, ctx):");
    expect(text).not.toMatch(/\bpar\b|UserPar|DataTuple|DefTuple|LoopDefs|overAll|programIndex|import print/);
  });

  it("of 7.x take both kinds of calls", () => {
    const text = script("stardist", { nis: "7.x" });
    expect(text).toContain("def output(inp, out, par=None):");
    expect(text).toContain("def build(par=None, loops=None):\n    return None");
    expect(text).toContain("def run(inp, out, par=None, ctx=None):\n    if ctx is None:");
    expect(text).not.toContain("UNTESTED");
  });

  it("ask for the binary and the table that were wanted", () => {
    expect(script("threshold")).toContain("out[0].makeNew(OBJECTS_NAME, OBJECTS_COLOR).makeInt32()");
    expect(script("threshold", { binary: "uint8" })).toContain("makeNew(OBJECTS_NAME, OBJECTS_COLOR).makeUInt8()");
    expect(script("threshold")).not.toContain("out[1]");
    expect(script("threshold", { table: true })).toContain("node.declare_table(out[1], inp[0], scores=False, volume=False)");
    expect(script("stardist", { table: true, volume: true })).toContain(
      "node.declare_table(out[1], inp[0], scores=True, volume=True)",
    );
  });

  it("send volumes only to modules that take them", () => {
    expect(script("stardist", { volume: true })).toContain("\nPLANE_BY_PLANE = False\n");
    const planes: ModuleHandle = {
      ...modules.threshold!,
      manifest: { ...modules.threshold!.manifest, accepts: { axes: ["yx"], dtypes: ["uint8"] } },
    };
    const text = script("threshold", { volume: true, module: planes });
    expect(text).toContain("plane_by_plane=True,");
    expect(text).not.toContain("PLANE_BY_PLANE");
  });
});

describe("the constants", () => {
  it("have the values that were given, title, unit and range above them", () => {
    const params = resolveParams(modules.stardist!.manifest, { probThreshold: 0.4, tiles: [2, 2], normalize: false });
    const text = script("stardist", { params });
    expect(text).toContain(
      "# Probability threshold: smallest object probability that counts; empty takes the model's own.\n" +
        "# Higher finds fewer objects, the doubtful ones go first. A number from 0 to 1, or None for empty.\n" +
        "PROB_THRESHOLD = 0.4\n",
    );
    expect(text).toContain("\nTILES = [2, 2]\n");
    expect(text).toContain("\nNORMALIZE = False\n");
    expect(text).toContain("\nNMS_THRESHOLD = None\n");
    expect(text).toContain("# Low percentile [%]: ");
    expect(text.indexOf("NORMALIZE = ")).toBeLessThan(text.indexOf("# Seldom needed:"));
    expect(text.indexOf("TILES = ")).toBeGreaterThan(text.indexOf("# Seldom needed:"));
  });

  it("keep paths as they are, whatever is in them", () => {
    const folder = 'C:\\Users\\Jörg "Jo" O\'Neil\\😀 new\\table';
    const text = script("threshold", {
      places: {
        clientFolder: folder,
        daemonState: folder,
        daemonCommand: [folder, folder],
        variables: { PARFOCAL_HOME: folder },
      },
      params: { ...resolveParams(modules.threshold!.manifest, {}), method: "otsu" },
      inputChannel: "Kanal ä",
    });
    const literal = '"C:\\\\Users\\\\J\\u00f6rg \\"Jo\\" O\'Neil\\\\\\U0001f600 new\\\\table"';
    expect(text.split(literal)).toHaveLength(6);
    expect(text).toContain(`sys.path.insert(0, ${literal})`);
    expect(text).toContain(`    variables={"PARFOCAL_HOME": ${literal}},`);
    const plain = script("threshold", {
      places: { clientFolder: "C:\\Program Files\\new", daemonState: "", daemonCommand: ["node"], variables: {} },
    });
    expect(plain).toContain('sys.path.insert(0, r"C:\\Program Files\\new")');
    expect(plain).not.toContain("variables=");
    expect(text).toContain('INPUT_CHANNEL = "Kanal \\u00e4"');
  });
});

describe("user parameters", () => {
  it("come with their controls, marked as untested, behind one function", () => {
    const text = script("threshold", { nis: "7.x", userParams: true });
    expect(text).toContain('#    Level: {"control":"Number"}');
    expect(text).toContain(
      '#    Method: {"control":"Selection","list":[{"text":"otsu","value":"otsu"},{"text":"fixed","value":"fixed"}]}',
    );
    expect(text.match(/UNTESTED/g)).toHaveLength(2);
    expect(text).toContain("fill_holes=user_value(par, 3, FILL_HOLES, on_off),");
    expect(text.match(/^def user_value/gm)).toHaveLength(1);
    const sliders = script("cellpose", { nis: "7.x", userParams: true });
    expect(sliders).toContain('#    Flow threshold: {"control":"Slider","decimals":2,"min":0,"max":10}');
  });
});
