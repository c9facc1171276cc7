import { describe, expect, it } from "vitest";
import { runCli } from "./main.ts";

async function run(...rawArguments: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runCli(rawArguments, {
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    cwd: import.meta.dirname,
    variables: {},
    signal: new AbortController().signal,
  });
  return { code, out, err };
}

describe("runCli", () => {
  it("introduces itself", async () => {
    const { code, out, err } = await run();
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out.replace(/^parfocal \S+:/, "parfocal VERSION:")).toMatchInlineSnapshot(`
      "parfocal VERSION: segment microscope images with Python models, each in an environment of its own.

      Usage
        parfocal COMMAND [arguments]

      Commands
        run      Segment images with a module
        retry    Repeat the images of a batch that failed
        rerun    Repeat the run of a record and compare the labels
        demo     Segment a module's sample image and compare with what people drew
        measure  Measure the objects of labels: size, shape, intensity
        view     Draw the outlines of labels on their image, with a scale bar
        score    Compare labels with true ones: AP, F1, precision, recall, panoptic quality
        list     List the modules that are installed
        info     Show a module's parameters, inputs, outputs, environment and weights
        test     Check that a module works on this machine; the text is made to be mailed
        new      Make a module of your own: a folder that works at once
        lock     Pin the Python packages of a module of your own, with hashes, for every platform
        env      List, install and remove Python environments
        bundle   Bring Parfocal to a PC without a network, in one file
        daemon   Keep models warm in the background
        ga3      Nodes for NIS-Elements GA3
        doctor   Check the machine, the tools and the modules, and say what to do
        logs     Show what a module's last Python worker printed
        version  Print the version
        help     Explain a command, or the exit codes

      Start here
        parfocal demo                              segment a sample image
        parfocal run stardist nuclei.tif           segment your own
        parfocal run stardist --help               parameters of a model

      Every command explains itself with --help; \`parfocal help exit-codes\` lists the exit codes.
      "
    `);
    expect(await run("--help")).toEqual({ code, out, err });
    expect(await run("help")).toEqual({ code, out, err });
  });

  it("says its version", async () => {
    const { out } = await run("version");
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await run("--version")).toEqual({ code: 0, out, err: "" });
    expect(JSON.parse((await run("version", "--json")).out)).toMatchObject({ version: out.trim() });
  });

  it("explains a command in the same way by --help, -h and help", async () => {
    const { code, out, err } = await run("env", "path", "--help");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatchInlineSnapshot(`
      "Print where a module's environment lies, or how to run its worker by hand.

      Usage
        parfocal env path MODULE [options]

      Arguments
        MODULE  Name of an installed module, or the folder of one

      Options
        --command        Print the command line that runs the worker on .npy files
        --device DEVICE  auto (default), cpu, cuda, cuda:N, directml or mps
        --profile NAME   One of the module's named environments

      Everywhere
        --json         Results as JSON on standard output, nothing else there
        -q, --quiet    Say nothing but results and errors
        -v, --verbose  Say more; show Python tracebacks
        --no-color     No colours; NO_COLOR does the same
        -h, --help     Show this help

      Examples
        parfocal env path stardist            the folder
        parfocal env path stardist --command  the command that segments a .npy file without Node

      To the printed command add --input IMAGE.npy --output LABELS.npy and, if need be, --params
      '{"prob_threshold": 0.5}'.
      "
    `);
    expect(await run("env", "-h", "path")).toEqual({ code, out, err });
    expect(await run("help", "env", "path")).toEqual({ code, out, err });
  });

  it("explains run with the parameters of a module", async () => {
    const { out } = await run("run", "threshold", "--help");
    expect(out).toMatch(/^Parameters of threshold \d+\.\d+\.\d+$/m);
    expect(out.slice(out.indexOf("  --method"), out.indexOf("Options"))).toMatchInlineSnapshot(`
      "  --method otsu|fixed            Otsu chooses the level from the image's histogram; fixed takes
                                       \`level\`. Fixed keeps the level equal over a whole series of images.
                                       Default otsu.
        --level NUMBER                 Grey value above which a pixel is foreground; used by the method
                                       fixed. Higher finds smaller and fewer objects. A number. Default 0
                                       grey value.
        --min-size NUMBER              Objects of fewer pixels are dropped. Higher drops more small
                                       objects. A whole number of at least 0. Default 20 pixels.
        --fill-holes, --no-fill-holes  Background that is enclosed by an object becomes part of it. On
                                       makes nuclei with dark centres whole. Default on.

      "
    `);
  });

  it("lists what is below env", async () => {
    expect((await run("env")).out).toContain("  gc       Remove the environments that no installed module needs any more");
  });

  it("offers the command that was meant", async () => {
    expect(await run("docter")).toEqual({
      code: 2,
      out: "",
      err: 'error[USAGE] `parfocal` has no command "docter"\n  hint   did you mean `parfocal doctor`?\n',
    });
    expect((await run("env", "lits")).err).toContain("did you mean `parfocal env list`?");
    expect((await run("frobnicate")).err).toContain("run `parfocal --help` for the commands");
  });

  it("lists every exit code with the errors behind it", async () => {
    const { out } = await run("help", "exit-codes");
    for (const text of ["  0  everything worked", "  4  the device", "DEVICE_UNAVAILABLE:", "130  interrupted", "CANCELLED:"]) {
      expect(out).toContain(text);
    }
  });
});
