import type { ArgsDef } from "citty";
import type { HelpMeta } from "../command.ts";
import { labelFormatNames } from "../inputs/label-formats.ts";
import { readingArgs } from "../inputs/reading-options.ts";
import { saveHelp } from "../inputs/save-kinds.ts";

export const runMeta: HelpMeta = {
  name: "run",
  description: "Segment images with a module",
  usage: "MODULE INPUT... [--PARAM VALUE...] [options]",
  takesParameters: true,
  examples: [
    ["run stardist nuclei.tif", "results in parfocal-output/"],
    ["run stardist nuclei.tif -o labels.npy", "name the labels file yourself"],
    ["run stardist plate1/ --prob-threshold 0.6 -o results/", "every image of a folder"],
    ["run stardist plate.nd2 --channel DAPI --project max", "one channel of a stack, as its brightest plane"],
    ["run stardist 'day*/**/*.tif' --json", "a pattern; one JSON object per image"],
    ["run stardist plate1/ --save csv,roi", "with measurements, and outlines for Fiji"],
    ["run stardist plate1/ -o results/ --resume", "go on where a batch was stopped"],
    ["run ./my-module cells.png", "a module by its folder"],
  ],
  notes: [
    "For each image: NAME_labels.tif, NAME_overlay.png and NAME.run.json, which holds all that is needed to repeat the run. " +
      "Existing results are replaced once the new ones are complete.",
    "`parfocal run MODULE --help` lists the module's parameters.",
  ],
};

export const runArgs: ArgsDef = {
  module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" },
  input: { type: "positional", required: false, description: "Image files, folders, or patterns in quotes" },
  output: {
    type: "string",
    alias: "o",
    valueHint: "OUT",
    description:
      "Folder for the results (default parfocal-output), or with one image the labels file, .tif, .ome.tif, .zarr or .npy",
  },
  device: { type: "string", valueHint: "DEVICE", description: "auto (default), cpu, cuda, cuda:N, directml or mps" },
  params: {
    type: "string",
    valueHint: "FILE",
    description: "Parameters from a JSON file, also from a NAME.run.json; flags win over it",
  },
  ...readingArgs,
  format: {
    type: "string",
    valueHint: labelFormatNames,
    description: "Format of the labels: tif (default, for ImageJ), ome.tif, zarr (OME-Zarr) or npy",
  },
  save: { type: "string", valueHint: "csv,roi,...", description: saveHelp },
  overlay: { type: "boolean", description: "Write the image with outlines as PNG (default; --no-overlay leaves it out)" },
  qc: { type: "boolean", description: "Write qc.html, a page to look the batch over (default for several images)" },
  resume: {
    type: "boolean",
    description: "Leave out images whose results are there from the same pixels, parameters, version and lock",
  },
  "dry-run": { type: "boolean", description: "Only say what would be read, written and downloaded" },
  timeout: { type: "string", valueHint: "SECONDS", description: "Give up on an image after this long" },
  offline: { type: "boolean", description: "Never use the network" },
  daemon: {
    type: "boolean",
    description: "Start the daemon if it is not up (without this it is used when it is up; --no-daemon does without)",
  },
  "keep-files": { type: "string", valueHint: "DIR", description: "Keep the arrays and messages that went to and from Python" },
};

export const devicePattern = /^(auto|cpu|cuda(:\d+)?|directml|mps)$/;
