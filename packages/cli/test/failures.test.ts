import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createNdArray, writeNpy } from "@parfocal/core";
import { describe, expect, it } from "vitest";
import { cli, type Ended, jsonLines, temporaryFolder } from "./support/cli.ts";
import { blobs, nuclei } from "./support/images.ts";
import { workerWith, writeModule } from "./support/modules.ts";

const threshold = ["run", "threshold"];

function expectError(ended: Ended, code: string, exitCode: number, ...words: string[]): void {
  expect(ended.stderr).toContain(`error[${code}] `);
  expect(ended.stderr).toContain("  hint   ");
  for (const word of words) expect(ended.stderr).toContain(word);
  expect(ended.stderr).not.toContain("Traceback");
  expect(ended.stderr).not.toMatch(/^\s+at .*\.[jt]s:\d+/m);
  expect(ended.code).toBe(exitCode);
}

/** What is left behind in a folder besides the named inputs. */
function leftIn(folder: string, ...inputs: string[]): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !inputs.includes(name));
}

describe("a wrong command line", () => {
  it.each([
    [["rnu", "threshold"], "USAGE", '`parfocal` has no command "rnu"', "did you mean `parfocal run`?"],
    [["env", "instal", "threshold"], "USAGE", '`parfocal env` has no command "instal"', "did you mean `parfocal env install`?"],
    [["run"], "USAGE", "`parfocal run` needs MODULE and INPUT", "`parfocal list` shows the modules"],
    [[...threshold], "USAGE", "`parfocal run threshold` needs an INPUT", "parfocal demo threshold"],
    [["info"], "USAGE", "`parfocal info` needs MODULE", "parfocal info --help"],
    [["list", "surplus"], "USAGE", 'does not know what to do with "surplus"', "parfocal list --help"],
    [["list", "--jsn"], "USAGE", "`parfocal list` has no option --jsn", "did you mean --json?"],
    [
      ["run", "--min-size", "3", "threshold", blobs],
      "USAGE",
      "--min-size comes before the module's name",
      "parfocal run MODULE INPUT...",
    ],
    [["run", "thresold", blobs], "MODULE_NOT_FOUND", "no module is called thresold", "did you mean threshold?"],
    [["run", "./nowhere", blobs], "MODULE_INVALID", "no module lies here", "give the folder that holds module.json"],
    [
      [...threshold, blobs, "--min-sise", "3"],
      "PARAMS_INVALID",
      "threshold has no parameter --min-sise",
      "did you mean --min-size?",
    ],
    [[...threshold, blobs, "--min-size"], "USAGE", "--min-size needs a value", "--min-size VALUE"],
    [
      [...threshold, blobs, "--min-size", "many"],
      "PARAMS_INVALID",
      '--min-size takes a whole number of at least 0, not "many"',
      "--help",
    ],
    [
      [...threshold, blobs, "--min-size", "-3"],
      "PARAMS_INVALID",
      "minSize = -3: must be a whole number of at least 0",
      "parfocal info threshold",
    ],
    [[...threshold, blobs, "--method", "guess"], "PARAMS_INVALID", '"otsu" or "fixed"', "parfocal info threshold"],
    [[...threshold, blobs, "--device", "gpu"], "USAGE", "--device takes auto, cpu, cuda", "let Parfocal choose"],
    [[...threshold, blobs, "--timeout", "soon"], "USAGE", "--timeout takes seconds", "--timeout 60"],
    [[...threshold, blobs, "--format", "png"], "USAGE", "--format takes tif, ome.tif, zarr, npy", "leave it away"],
    [[...threshold, blobs, "--params", "nowhere.json"], "USAGE", "nowhere.json cannot be read", "probThreshold"],
    [[...threshold, blobs, "-o", "labels.png"], "USAGE", "labels cannot be written as labels.png", ".zarr or .npy"],
    [[...threshold, blobs, "-o", "labels.npy", "--format", "tif"], "USAGE", "--format asks for tif", "leave --format away"],
  ])("%j", async (args, code, message, hint) => {
    const cwd = temporaryFolder();
    expectError(await cli(args, { cwd }), code, 2, message, hint);
    expect(leftIn(cwd)).toEqual([]);
  });

  it("is one JSON object with --json", async () => {
    const ended = await cli([...threshold, blobs, "--min-sise", "3", "--json"]);
    expect(ended.code).toBe(2);
    expect(jsonLines(ended)).toEqual([
      {
        type: "error",
        input: null,
        code: "PARAMS_INVALID",
        message: "threshold has no parameter --min-sise",
        hint: "did you mean --min-size?",
      },
    ]);
  });
});

describe("a device that is not there", () => {
  it("is an error before anything else happens", async () => {
    const cwd = temporaryFolder();
    expectError(await cli([...threshold, blobs, "--device", "cuda:3"], { cwd }), "DEVICE_UNAVAILABLE", 4, "cuda");
    expect(leftIn(cwd)).toEqual([]);
  });
});

describe("inputs that cannot be used", () => {
  const cases: readonly [name: string, write: (path: string) => unknown, code: string, words: string][] = [
    ["missing.tif", () => undefined, "INPUT_NOT_FOUND", "there is no file missing.tif"],
    ["*.nothing", () => undefined, "INPUT_NOT_FOUND", "no image matches *.nothing"],
    ["text.tif", (path) => writeFileSync(path, "these are words, not pixels"), "INPUT_UNREADABLE", "text.tif"],
    ["empty.tif", (path) => writeFileSync(path, ""), "INPUT_UNREADABLE", "empty.tif"],
    ["cut.npy", (path) => writeFileSync(path, readFileSync(blobs).subarray(0, 5000)), "NPY_INVALID", "cut.npy"],
    ["letter.docx", (path) => writeFileSync(path, "PK"), "INPUT_UNREADABLE", "letter.docx"],
    ["film.npy", (path) => writeNpy(path, createNdArray("uint16", [3, 4, 8, 8])), "INPUT_REJECTED", "axes"],
    ["flat.npy", (path) => writeNpy(path, createNdArray("uint16", [0, 8])), "INPUT_UNREADABLE", "no pixels"],
  ];

  it.each(cases)("%s is refused, alone with its own exit code", async (name, write, code, words) => {
    const cwd = temporaryFolder();
    await write(join(cwd, name));
    expectError(await cli([...threshold, name], { cwd }), code, 1, words);
    expect(leftIn(cwd, name)).toEqual([]);
  });

  it("do not stop the rest of the batch", async () => {
    const cwd = temporaryFolder();
    for (const [name, write] of cases) await write(join(cwd, name));
    copyFileSync(blobs, join(cwd, "good 1.npy"));
    copyFileSync(blobs, join(cwd, "good 2.npy"));
    const names = ["good 1.npy", ...cases.map(([name]) => name), "good 2.npy"];
    const ended = await cli([...threshold, ...names, "-o", "out"], { cwd });
    expectError(ended, "INPUT_UNREADABLE", 5, "8 of 10 images failed", ...new Set(cases.map(([, , code]) => `error[${code}]`)));
    expect(ended.stdout.match(/16 objects/g)).toHaveLength(2);
    expect(readdirSync(join(cwd, "out")).filter((name) => name.endsWith("_labels.tif"))).toEqual([
      "good 1_labels.tif",
      "good 2_labels.tif",
    ]);

    const json = jsonLines(await cli([...threshold, ...names, "-o", "out", "--json"], { cwd }));
    const outcome = new Map(json.map((line) => [String(line.input), line.code ?? line.type]));
    expect(outcome.size).toBe(10);
    for (const [name, , code] of cases) expect(outcome.get(join(cwd, name))).toBe(code);
    expect(outcome.get(join(cwd, "good 2.npy"))).toBe("result");
  });

  it("a TIFF that ends too early", async () => {
    const cwd = temporaryFolder();
    const whole = readFileSync(await nuclei());
    writeFileSync(join(cwd, "half.tif"), whole.subarray(0, whole.length / 2));
    expectError(await cli([...threshold, "half.tif"], { cwd }), "INPUT_UNREADABLE", 1, "half.tif");
    expect(leftIn(cwd, "half.tif")).toEqual([]);
  });

  it("axes that do not fit the file", async () => {
    const cwd = temporaryFolder();
    copyFileSync(blobs, join(cwd, "a.npy"));
    expectError(await cli([...threshold, "a.npy", "--axes", "zyx"], { cwd }), "INPUT_REJECTED", 1, "zyx");
    expectError(await cli([...threshold, "a.npy", "--axes", "tc"], { cwd }), "INPUT_REJECTED", 1, "tc");
    expect(leftIn(cwd, "a.npy")).toEqual([]);
  });

  it("what the model refuses", async () => {
    const cwd = temporaryFolder();
    const image = createNdArray("float32", [8, 8]);
    image.data[3] = Number.NaN;
    await writeNpy(join(cwd, "nan.npy"), image);
    expectError(
      await cli([...threshold, "nan.npy"], { cwd }),
      "INPUT_REJECTED",
      1,
      "1 of 64 pixels are NaN or infinite",
      "numpy.nan_to_num",
    );
    expect(leftIn(cwd, "nan.npy")).toEqual([]);
  });

  it("an empty folder", async () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, "nothing here"));
    expectError(
      await cli([...threshold, "nothing here"], { cwd }),
      "INPUT_NOT_FOUND",
      1,
      "the folder nothing here holds no image",
    );
  });
});

describe("outputs that cannot be written", () => {
  it("are told before anything runs", async () => {
    const cwd = temporaryFolder();
    copyFileSync(blobs, join(cwd, "a.npy"));
    writeFileSync(join(cwd, "file"), "");
    expectError(
      await cli([...threshold, "a.npy", "-o", "file/deeper/"], { cwd }),
      "OUTPUT_UNWRITABLE",
      1,
      "is not a folder",
      "-o",
    );
    expectError(await cli([...threshold, "a.npy", "-o", "/proc/nothing/"], { cwd }), "OUTPUT_UNWRITABLE", 1, "/proc");
    expectError(await cli([...threshold, "a.npy", "-o", "a.npy"], { cwd }), "USAGE", 2, "would replace the input");
    copyFileSync(blobs, join(cwd, "b.npy"));
    expectError(await cli([...threshold, "a.npy", "b.npy", "-o", "both.tif"], { cwd }), "USAGE", 2, "there are 2 images");
    expect(leftIn(cwd, "a.npy", "b.npy", "file")).toEqual([]);
    expect(readFileSync(join(cwd, "a.npy"))).toEqual(readFileSync(blobs));
  });

  it.skipIf(process.getuid?.() === 0)("a folder without permission", async () => {
    const cwd = temporaryFolder();
    copyFileSync(blobs, join(cwd, "a.npy"));
    mkdirSync(join(cwd, "closed"));
    chmodSync(join(cwd, "closed"), 0o500);
    expectError(await cli([...threshold, "a.npy", "-o", "closed/"], { cwd }), "OUTPUT_UNWRITABLE", 1, "no file can be made");
  });
});

describe("a model that fails", () => {
  it("shows the last line of the exception, the log, and the traceback only with --verbose", async () => {
    const cwd = temporaryFolder();
    const module = writeModule(join(cwd, "module"), "breaks", workerWith('raise ValueError("operands could not be broadcast")'));
    const args = ["run", module, blobs, "-o", join(cwd, "out")];
    const ended = await cli(args, { cwd });
    expectError(ended, "MODEL_ERROR", 1, "ValueError: operands could not be broadcast", "  log    ");
    const verbose = await cli([...args, "--verbose"], { cwd });
    expect(verbose.stderr).toContain("Traceback (most recent call last):");
    expect(verbose.stderr).toContain("in predict");
    const json = await cli([...args, "--json"], { cwd });
    expect(jsonLines(json)[0]).toMatchObject({
      type: "error",
      code: "MODEL_ERROR",
      pythonTraceback: expect.stringContaining("in predict"),
    });
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });

  it("fails its own image only, even by dying", async () => {
    const cwd = temporaryFolder();
    const body =
      'if image.shape[0] == 3:\n    import os\n    os._exit(3)\nreturn {"labels": np.ones(image.shape, np.int32), "areas": np.ones(1, np.int32)}';
    const module = writeModule(join(cwd, "module"), "dies", workerWith(body));
    for (const [name, height] of [
      ["a.npy", 2],
      ["b.npy", 3],
      ["c.npy", 4],
    ] as const) {
      await writeNpy(join(cwd, name), createNdArray("uint8", [height, 5]));
    }
    const ended = await cli(["run", module, "a.npy", "b.npy", "c.npy"], { cwd });
    expectError(ended, "WORKER_CRASHED", 5, "1 of 3 images failed", "exited with code 3");
    expect(ended.stdout.match(/1 object /g)).toHaveLength(2);
  });

  it("that cannot be loaded is told once for the whole batch", async () => {
    const cwd = temporaryFolder();
    const module = writeModule(
      join(cwd, "module"),
      "weightless",
      workerWith("pass", 'raise WeightsError("there are no weights at nowhere.h5", hint="give --model a folder", missing=True)'),
    );
    copyFileSync(blobs, join(cwd, "b.npy"));
    const ended = await cli(["run", module, blobs, "b.npy"], { cwd });
    expectError(
      ended,
      "WEIGHTS_MISSING",
      1,
      "there are no weights at nowhere.h5",
      "give --model a folder",
      "2 of 2 images failed",
    );
    expect(ended.stderr.match(/error\[/g)).toHaveLength(1);
    expect(leftIn(cwd).filter((name) => name.startsWith("parfocal-output"))).toEqual([]);
  });

  it("stardist without its weights", async () => {
    const cwd = temporaryFolder();
    const ended = await cli(["run", "stardist", blobs, "--model", join(cwd, "no model"), "-o", join(cwd, "out")]);
    expectError(ended, "WEIGHTS_MISSING", 1, "no model");
    expect(existsSync(join(cwd, "out"))).toBe(false);
  });

  it("takes too long", async () => {
    const cwd = temporaryFolder();
    const module = writeModule(join(cwd, "module"), "sleeps", workerWith("time.sleep(600)"));
    expectError(
      await cli(["run", module, blobs, "--timeout", "0.5"], { cwd }),
      "WORKER_TIMEOUT",
      6,
      "500 ms",
      "give a longer --timeout",
    );
  });
});

describe("an environment that cannot be built", () => {
  it("fails every image with one error and exit code 3", async () => {
    const cwd = temporaryFolder();
    const variables = { PARFOCAL_HOME: join(cwd, "home"), PARFOCAL_UV: join(cwd, "no uv") };
    const ended = await cli([...threshold, blobs], { cwd, variables });
    expectError(ended, "ENV_UV_NOT_FOUND", 3, "no uv", "PARFOCAL_UV");
    expect(existsSync(join(cwd, "parfocal-output"))).toBe(false);
  });

  it("is not begun for an image that cannot be read", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "text.tif"), "words");
    const home = join(cwd, "home");
    expectError(await cli([...threshold, "text.tif"], { cwd, variables: { PARFOCAL_HOME: home } }), "INPUT_UNREADABLE", 1);
    expect(existsSync(home)).toBe(false);
  });

  it("names a home that cannot be made", async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, "file"), "");
    const ended = await cli([...threshold, blobs], { cwd, variables: { PARFOCAL_HOME: join(cwd, "file", "home") } });
    expectError(ended, "ENV_PERMISSION", 3, "PARFOCAL_HOME");
  });
});

it("a module without a lock is an error that names it", async () => {
  const cwd = temporaryFolder();
  const module = writeModule(join(cwd, "module"), "lockless", workerWith("pass"));
  writeFileSync(join(module, "python/locks/default/locks.json"), "{");
  expectError(await cli(["run", module, blobs], { cwd }), "ENV_LOCK_INVALID", 3, "locks.json");
});
