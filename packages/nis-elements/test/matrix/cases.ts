import { type Choice, pairwise, product } from "./pairwise.ts";

export const choices = {
  node: ["2D", "3D"],
  channels: ["mono", "RGB", "all"],
  pixels: ["uint8", "12 bits", "float32"],
  output: ["uint8 binary", "int32 binary", "table", "channel"],
  process: ["in", "out"],
  version: ["6.20", "7.10"],
  event: [
    "ok",
    "worker error",
    "worker death",
    "abort",
    "no environment",
    "over 255 objects",
    "over 65535 objects",
    "no objects",
    "odd paths",
  ],
} as const;
export type Case = Choice<typeof choices>;

/** All there are: nothing of it is impossible. */
export const everyCase: readonly Case[] = product(choices);

/** Every two choices are together in one of them, and each event happens with each output in and out of process. */
export const someCases: readonly Case[] = pairwise<typeof choices>(everyCase, ["event", "output", "process"]);

export const nameOf = (each: Case): string => Object.values(each).join(", ");
