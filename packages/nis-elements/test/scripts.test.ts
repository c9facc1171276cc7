import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  createNdArray,
  ensureEnvironment,
  type Image,
  type Labels,
  type Module,
  type NdArray,
  readModule,
  readNpy,
  resolveParams,
} from "@parfocal/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ScriptOptions, writeScript } from "../src/index.ts";
import { type EmulatedJob, emulate, frameOf, thresholdFolder } from "./support/emulate.ts";
import { type Installation, makeInstallation } from "./support/installation.ts";

const calibration = [0.5, 0.25, 2] as const; // x, y, z

let here: Installation;
let module: Module;
let blobs: NdArray;
/** The same picture without its left half. */
let half: NdArray;
let wanted: { readonly blobs: Labels; readonly half: Labels; readonly volume: Labels };

beforeAll(async () => {
  here = makeInstallation();
  module = await readModule(thresholdFolder);
  blobs = await readNpy(join(thresholdFolder, "python/sample/blobs.npy"));
  half = { ...blobs, data: blobs.data.map((value, i) => (i % 128 < 64 ? 0 : value) as never) } as NdArray;
  await using worker = await module.start({ device: "cpu" });
  const labels = async (image: NdArray, axes: string) => (await worker.run({ ...image, axes } as Image, { minSize: 5 })).labels;
  const { data, dtype } = frameOf(blobs, half);
  wanted = {
    blobs: await labels(blobs, "yx"),
    half: await labels(half, "yx"),
    volume: await labels({ data, dtype, shape: [2, 128, 128] }, "zyx"),
  };
});
afterAll(() => here.remove());

function script(options: Partial<ScriptOptions> = {}): string {
  return writeScript({
    module: module.handle,
    params: resolveParams(module.manifest, { minSize: 5 }),
    nis: "6.20",
    volume: false,
    table: true,
    binary: "int32",
    inputChannel: null,
    userParams: false,
    places: here.places,
    command: "parfocal ga3 script threshold",
    ...options,
  });
}

const run = (text: string, job: Partial<EmulatedJob> = {}) =>
  emulate(text, { inputs: [{ frames: [frameOf(blobs)], calibration }], outputs: ["binary", "table"], ...job }, here.folder);

const countObjects = ({ data }: NdArray): number => new Set(data as Int32Array).size - 1;

/** Pieces of a mask whose pixels touch along an edge, as NIS-Elements counts objects. */
function countPieces({ data, shape }: NdArray): number {
  const [, height = 0, width = 0] = shape;
  const seen = new Uint8Array(data.length);
  let pieces = 0;
  for (let start = 0; start < data.length; start += 1) {
    if (!data[start] || seen[start]) continue;
    pieces += 1;
    const edge = [start];
    seen[start] = 1;
    for (let at = edge.pop(); at !== undefined; at = edge.pop()) {
      const [y, x] = [Math.floor(at / width), at % width];
      for (const near of [
        ...(x > 0 ? [at - 1] : []),
        ...(x < width - 1 ? [at + 1] : []),
        ...(y > 0 ? [at - width] : []),
        ...(y < height - 1 ? [at + width] : []),
      ]) {
        if (!data[near] || seen[near]) continue;
        seen[near] = 1;
        edge.push(near);
      }
    }
  }
  return pieces;
}

describe.each([
  { version: "6.20", outOfProcess: false },
  { version: "6.20", outOfProcess: true },
  { version: "7.10", outOfProcess: false },
  { version: "7.10", outOfProcess: true },
] as const)("in NIS-Elements $version, out of process: $outOfProcess", (how) => {
  const nis = how.version === "7.10" ? "7.x" : "6.20";

  test("the labels are those of TypeScript, and each has a row in the table", async () => {
    const { calls, findings, error } = await run(script({ nis }), how);
    expect({ error, findings, callError: calls[0]?.error }).toEqual({ error: null, findings: [], callError: null });
    const [{ binary, table }] = calls as [(typeof calls)[0]];
    expect(binary).toEqual({ data: wanted.blobs.data, shape: [1, 128, 128, 1], dtype: "int32" });
    expect(table!.columns).toEqual(["Entity", "ObjectId", "AreaPx", "Area", "CentroidX", "CentroidY"]);
    expect(table!.rows.map((row) => row[1])).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    const pixels = wanted.blobs.data.filter((label) => label === 3).length;
    expect(table!.rows[2]!.slice(2, 4)).toEqual([pixels, pixels * 0.5 * 0.25]);
  });

  test("a stack is one volume", async () => {
    const { calls, findings } = await run(script({ nis, volume: true }), {
      ...how,
      inputs: [{ frames: [frameOf(blobs, half)], calibration }],
    });
    expect({ findings, error: calls[0]!.error }).toEqual({ findings: [], error: null });
    expect(calls[0]!.binary!.data).toEqual(wanted.volume.data);
    expect(calls[0]!.table!.columns).toEqual(["Entity", "ObjectId", "VolumePx", "Volume", "CentroidX", "CentroidY", "CentroidZ"]);
    expect(calls[0]!.table!.rows).toHaveLength(countObjects(wanted.volume));
  });
});

test("plane by plane no number is used twice", async () => {
  const text = script({ volume: true }).replace("PLANE_BY_PLANE = False", "PLANE_BY_PLANE = True");
  const { calls } = await run(text, { inputs: [{ frames: [frameOf(blobs, half)] }] });
  const below = wanted.blobs.data.length;
  const data = calls[0]!.binary!.data as Int32Array;
  expect(data.slice(0, below)).toEqual(wanted.blobs.data);
  expect(data.slice(below)).toEqual(wanted.half.data.map((label) => (label === 0 ? 0 : label + 16)));
  expect(calls[0]!.table!.rows).toHaveLength(16 + countObjects(wanted.half));
  expect(calls[0]!.table!.columns).not.toContain("Volume");
});

test("a mask has as many pieces as there are objects, also where they touch", async () => {
  const touching = createNdArray("uint16", [1, 60, 60, 1]);
  touching.data.set(Array.from({ length: 3600 }, (_, i) => ((i % 60) % 20 === 0 || Math.floor(i / 60) % 20 === 0 ? 0 : 1000)));
  const { calls, findings } = await run(script({ binary: "uint8", table: false }), {
    outputs: ["binary"],
    inputs: [{ frames: [touching] }],
  });
  expect(findings).toEqual([]);
  expect(calls[0]!.binary!.dtype).toBe("uint8");
  expect(countPieces(calls[0]!.binary!)).toBe(9);
});

test("one of several channels is taken by its place; without one the node says what to set", async () => {
  const { data, dtype } = blobs;
  const two = createNdArray(dtype, [1, 128, 128, 2]);
  for (const [i, value] of data.entries()) two.data[2 * i + 1] = value as never;
  const inputs = [{ frames: [two] }];
  const chosen = await run(script({ inputChannel: 1 }), { inputs });
  expect(chosen.calls[0]!.binary!.data).toEqual(wanted.blobs.data);
  const unclear = await run(script(), { inputs });
  expect(unclear.calls[0]!.error).toMatch(
    /the input has 2 channels .*and the model takes one\nWhat to do: at the top of the script set INPUT_CHANNEL to one of 0 to 1\nLog file: /,
  );
});

test("a constant that the model does not take is an error that says what it takes", async () => {
  const { calls } = await run(script().replace("MIN_SIZE = 5", "MIN_SIZE = -5"));
  expect(calls[0]!.error).toMatch(
    /threshold: minSize = -5: must be a whole number of at least 0\nWhat to do: .*\nLog file: .*ga3\.log\n$/,
  );
});

test("a missing environment is an error that says what to type, and nothing is installed", async () => {
  const bare = makeInstallation({ environments: false });
  try {
    const { calls } = await run(script({ places: bare.places }));
    expect(calls[0]!.error).toMatch(/the environment of threshold .*\nWhat to do: .*parfocal env install threshold/);
  } finally {
    await bare.remove();
  }
});

test("a Parfocal that has moved is an error that says so", async () => {
  const { error } = await run(script({ places: { ...here.places, clientFolder: join(here.folder, "gone") } }));
  expect(error).toMatch(
    /ImportError: Parfocal is no longer where it was\. What to do: write this script anew: parfocal ga3 script threshold\n$/,
  );
});

test("controls of 7.x that nobody added leave the constants as they are", async () => {
  const { calls } = await run(script({ nis: "7.x", userParams: true }), { version: "7.10" });
  expect(calls[0]!.error).toBeNull();
  expect(calls[0]!.binary!.data).toEqual(wanted.blobs.data);
});

test("a batch over time, positions and planes: every frame its own labels", async () => {
  const frames = Array.from({ length: 8 }, (_, i) => frameOf(i % 2 === 0 ? blobs : half));
  const { calls } = await run(script(), {
    inputs: [{ frames }],
    loops: [
      ["Time", 4, 2],
      ["XY", 3, 2],
      ["Z", 5, 2],
    ],
  });
  expect(calls.map(({ coordinates }) => Object.values(coordinates).join(""))).toEqual([
    "000",
    "001",
    "010",
    "011",
    "100",
    "101",
    "110",
    "111",
  ]);
  for (const [i, { binary, error }] of calls.entries()) {
    expect(error).toBeNull();
    expect(binary!.data).toEqual(i % 2 === 0 ? wanted.blobs.data : wanted.half.data);
  }
});

test("the example of a batch projects the planes of each position and time point", async () => {
  const example = readFileSync(new URL("../../../examples/ga3/project_planes.py", import.meta.url), "utf8");
  const right = { ...blobs, data: blobs.data.map((value, i) => (i % 128 < 64 ? value : 0) as never) } as NdArray;
  const frames = Array.from({ length: 4 }, () => [frameOf(half), frameOf(right)]).flat();
  const { calls } = await run(here.line + example, {
    inputs: [{ frames }],
    outputs: ["binary"],
    loops: [
      ["Time", 4, 2],
      ["XY", 3, 2],
      ["Z", 5, 2],
    ],
  });
  expect(calls.map(({ final, error }) => [final, error])).toEqual(Array.from({ length: 8 }, (_, i) => [i % 2 === 1, null]));
  const projected = (await module.run({ ...blobs, axes: "yx" } as Image, { minSize: 20 }, { device: "cpu" })).labels;
  for (const { binary } of calls.filter(({ final }) => final)) expect(binary!.data).toEqual(projected.data);
});

test("scripts are Python 3.10 and newer", async () => {
  const paths = [
    script({ volume: true }),
    script({ nis: "7.x", userParams: true }),
    script({ places: { ...here.places, clientFolder: 'C:\\Jörg "x"\\\'y' } }),
  ].map((text, i) => {
    const path = join(here.folder, `check ${i}.py`);
    writeFileSync(path, text);
    return path;
  });
  const { python } = await ensureEnvironment(module.handle, { device: "cpu" });
  const check =
    "import ast, sys\nfor path in sys.argv[1:]: ast.parse(open(path).read(), feature_version=(3, 10))\nprint(len(sys.argv) - 1)";
  expect(execFileSync(python, ["-c", check, ...paths], { encoding: "utf8" })).toBe("3\n");
});
