import { ParfocalError } from "@parfocal/core";
import type { NewModule } from "./create-module.ts";

/** One option of `parfocal new` and of `npm create parfocal-module`. */
export interface CreateArgument {
  readonly type: "boolean" | "string";
  readonly description: string;
  readonly valueHint?: string;
  readonly alias?: string;
}

/** The options that say what a new module is to be; both commands take these and no others. */
export const createArguments = {
  typescript: { type: "boolean", description: "An npm package with a TypeScript definition (default)" },
  "python-only": { type: "boolean", description: "A folder with Python and JSON alone" },
  description: { type: "string", valueHint: "TEXT", description: "What it finds, one line" },
  dependencies: { type: "string", valueHint: "LIST", description: "Python packages that it needs: scikit-image,torch>=2.7" },
  axes: {
    type: "string",
    valueHint: "LIST",
    description: "Axis orders that it takes, most wanted first: yx (default), zyx, cyx",
  },
  folder: { type: "string", valueHint: "FOLDER", description: "Where to write it; default: a new folder of its name" },
  lock: { type: "boolean", description: "Lock the Python packages (default; --no-lock leaves that for later)" },
  yes: { type: "boolean", alias: "y", description: "Ask nothing; take the defaults" },
} as const satisfies Record<string, CreateArgument>;

type Name = keyof typeof createArguments;

/** What a command line said; undefined where it said nothing. */
export type GivenArguments = {
  readonly [K in Name]?: ((typeof createArguments)[K]["type"] extends "boolean" ? boolean : string) | undefined;
} & { readonly name?: string | undefined };

/** What was given of a new module; the rest is asked for, or takes its default. */
export type PartialModule = { readonly [K in keyof NewModule]?: NewModule[K] | undefined };

/** Parts between commas, where a comma inside a version such as numpy>=2,<3 parts nothing. */
export function splitList(text: string): string[] {
  return text
    .split(/,(?![\s]*[<>=!~])/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/**
 * What a command line says of the new module.
 *
 * @throws ParfocalError USAGE for options that exclude each other.
 */
export function readArguments(given: GivenArguments): PartialModule {
  const isPython = given["python-only"] === true;
  if (isPython && given.typescript === true) {
    throw new ParfocalError("USAGE", "--typescript and --python-only exclude each other", { hint: "give one of the two" });
  }
  return {
    name: given.name,
    form: isPython ? "python" : given.typescript === true ? "typescript" : undefined,
    description: given.description,
    dependencies: given.dependencies === undefined ? undefined : splitList(given.dependencies),
    axes: given.axes === undefined ? undefined : splitList(given.axes),
    folder: given.folder,
    lock: given.lock,
  };
}

/**
 * A new module with defaults for what was not given.
 *
 * @throws ParfocalError USAGE when there is no name.
 */
export function withDefaults(module: PartialModule): NewModule {
  const {
    name,
    form = "typescript",
    description = "Finds bright objects",
    dependencies = [],
    axes = ["yx"],
    folder,
    lock = true,
  } = module;
  if (name === undefined) {
    throw new ParfocalError("USAGE", "a new module needs a NAME", { hint: "give one in lower case, for example nuclei-finder" });
  }
  return { name, form, description, dependencies, axes, folder, lock };
}
