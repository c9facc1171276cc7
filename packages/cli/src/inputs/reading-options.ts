import type { ReadPartOptions } from "@parfocal/io";
import type { ArgsDef } from "citty";
import type { Flag } from "../options/parse-arguments.ts";
import { usageError } from "../options/usage-error.ts";

/** Options that say what to read of images. */
export const readingArgs = {
  axes: {
    type: "string",
    valueHint: "AXES",
    description: "Axes of the images where the file does not say them rightly: yx, cyx, zyx, ...",
  },
  channel: {
    type: "string",
    alias: ["input-channel"],
    valueHint: "NAME|N",
    description: "Read one channel, by its name or its number from 0 (--input-channel where a module has a parameter channel)",
  },
  z: { type: "string", valueHint: "N", description: "Read one plane of z, from 0" },
  t: { type: "string", valueHint: "N", description: "Read one time point, from 0" },
  position: {
    type: "string",
    valueHint: "NAME|N",
    description: "Read this position of a file with several, by name or number from 0 (default 0)",
  },
  project: { type: "string", valueHint: "max|mean", description: "Join the planes of z: their brightest or their mean value" },
} as const satisfies ArgsDef;

/**
 * What the options of {@link readingArgs} choose.
 *
 * @throws ParfocalError USAGE
 */
export function readReadingOptions(text: (name: string) => string | undefined): ReadPartOptions {
  const [axes, channel, position, project] = [text("axes"), text("channel"), text("position"), text("project")];
  if (project !== undefined && project !== "max" && project !== "mean") {
    throw usageError(`--project takes max or mean, not "${project}"`, "leave it away to keep all planes");
  }
  const [z, t] = [readIndex("z", text("z")), readIndex("t", text("t"))];
  if (z !== undefined && project !== undefined) throw usageError("--z and --project exclude each other", "choose one of the two");
  return {
    ...(axes !== undefined && { axes }),
    ...(channel !== undefined && { channel }),
    ...(position !== undefined && { position }),
    ...(project !== undefined && { project }),
    ...(z !== undefined && { z }),
    ...(t !== undefined && { t }),
  };
}

function readIndex(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  throw usageError(`--${name} takes a number from 0, not "${text}"`, `write for example --${name} 0 for the first`);
}

/** Flags without the names that a module's parameters have. */
export function withoutNames<T extends Flag>(flags: readonly T[], taken: readonly Flag[]): T[] {
  const names = new Set(taken.flatMap((flag) => flag.names));
  return flags.map((flag) =>
    flag.key in readingArgs ? { ...flag, names: flag.names.filter((name) => !names.has(name)) } : flag,
  );
}
