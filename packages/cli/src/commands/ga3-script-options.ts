import { binaryKinds, nisVersions } from "@parfocal/nis-elements";
import type { ArgsDef } from "citty";
import type { HelpMeta } from "../command.ts";
import { readingArgs } from "../inputs/reading-options.ts";

export const ga3ScriptMeta: HelpMeta = {
  name: "ga3 script",
  description: "Write the script to paste into a Python node of NIS-Elements GA3",
  usage: "MODULE [--PARAM VALUE...] [options]",
  takesParameters: true,
  examples: [
    ["ga3 script stardist -o stardist.py", "objects of a 2D image, for NIS-Elements 6.20 and newer"],
    ["ga3 script stardist --prob-threshold 0.4 --table", "another threshold, and measurements of each object"],
    ["ga3 script cellpose --3d --do-3d", "a stack as one volume"],
  ],
  notes: [
    "The head of the script says what to connect. Paths of this installation are written into it: write it anew when Parfocal has moved.",
  ],
};

export const ga3ScriptArgs: ArgsDef = {
  module: { type: "positional", required: false, description: "Name of an installed module, or the folder of one" },
  nis: {
    type: "string",
    valueHint: nisVersions.join("|"),
    description: "Version of NIS-Elements (default 6.20, which newer ones take, too)",
  },
  "3d": { type: "boolean", description: "For the 3D node, which gets whole stacks" },
  table: { type: "boolean", description: "A table with number, area, centroid and score of each object" },
  binary: {
    type: "string",
    valueHint: binaryKinds.join("|"),
    description: "int32 (default): objects keep their numbers and may touch; uint8: a mask, cut where objects touch",
  },
  channel: {
    type: "string",
    alias: ["input-channel"],
    valueHint: readingArgs.channel.valueHint,
    description:
      "Take one channel of an input that has several, by its name or its number from 0 (--input-channel where a module has a parameter channel)",
  },
  "user-params": { type: "boolean", description: "7.x: take parameters from the node's own controls (not tested)" },
  params: {
    type: "string",
    valueHint: "FILE",
    description: "Parameters from a JSON file, also from a NAME.run.json; flags win over it",
  },
  output: { type: "string", alias: "o", valueHint: "FILE", description: "Write the script to a file; default: print it" },
};
