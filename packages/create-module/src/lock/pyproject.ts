import { readFileSync } from "node:fs";
import { type Accelerator, ParfocalError } from "@parfocal/core";
import { parse } from "smol-toml";
import { z } from "zod";
import { lockPlatforms } from "./platforms.ts";

/** Name, extras, versions and marker of one package: what PEP 508 allows, but for addresses. */
const requirement =
  /^\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:\[[A-Za-z0-9._,\s-]*\])?\s*\(?(?:(?:[<>=!~]=|[<>]|===)\s*[\w.*+!-]+\s*,?\s*)*\)?\s*(?:;.+)?$/;

/** True for a package by name and version, such as "numpy>=2,<3": what can be locked. */
export function isRequirement(text: string): boolean {
  return requirement.test(text);
}

const requirements = z.array(
  z.string().refine(isRequirement, {
    error: ({ input }) => `"${input}" is not a package by name and version, such as "numpy>=2,<3"; only those can be locked`,
  }),
);
const platform = z.enum(lockPlatforms.map(({ key }) => key));

/** What an accelerator adds to the dependencies; a bare list stands for its requirements. */
const accelerator = z.preprocess(
  (given) => (Array.isArray(given) ? { requirements: given } : given),
  z.strictObject({
    requirements,
    /** Platforms to lock for; default: all on which the accelerator exists and every package has a wheel. */
    platforms: z.array(platform).min(1).optional(),
    /** Torch backend of uv that local versions come from, for example "cpu" or "cu130". */
    "torch-backend": z.string().optional(),
  }),
);

const accelerators = z.partialRecord(z.enum(["cpu", "cuda", "directml"]), accelerator);

const schema = z.object({
  project: z.object({ "requires-python": z.string(), dependencies: requirements.default([]) }),
  "dependency-groups": z.object({ test: requirements.optional() }).default({}),
  tool: z
    .object({
      parfocal: z
        .strictObject({
          accelerators: accelerators.optional(),
          profiles: z
            .record(z.string(), z.strictObject({ dependencies: requirements.default([]), accelerators: accelerators.optional() }))
            .optional(),
        })
        .prefault({}),
    })
    .prefault({}),
});

/** One lock to write: what is asked for and for where. */
export interface LockRequest {
  readonly profile: string;
  /** File name without ".txt": an accelerator, or "test". */
  readonly name: string;
  readonly accelerator: Accelerator | null;
  readonly requirements: readonly string[];
  readonly platforms: readonly string[] | null;
  readonly torchBackend: string | null;
}

export interface Pyproject {
  /** For example "3.11". */
  readonly pythonMinor: string;
  /** By profile, accelerators first. */
  readonly requests: readonly LockRequest[];
}

function invalid(path: string, problem: string, hint: string, cause?: unknown): never {
  throw new ParfocalError("MODULE_INVALID", `${path}: ${problem}`, { hint, ...(cause !== undefined && { cause }) });
}

function readToml(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    const [first = ""] = (error as Error).message.split("\n");
    return invalid(path, first, "correct the file; it must be there and be TOML", error);
  }
}

/**
 * Reads which locks a `pyproject.toml` asks for. Without `[tool.parfocal]` that is one, for the CPU.
 *
 * @throws ParfocalError MODULE_INVALID naming the field.
 */
export function readPyproject(path: string): Pyproject {
  const parsed = schema.safeParse(readToml(path));
  if (!parsed.success) return invalid(path, z.prettifyError(parsed.error), "correct this field");
  const { project, tool, "dependency-groups": groups } = parsed.data;
  const minor = /^(?:==\s*(\d+\.\d+)\.\*|>=\s*(\d+\.\d+)(?:\.0)?\s*,\s*<\s*\d+\.\d+)$/.exec(project["requires-python"]);
  const pythonMinor = minor?.[1] ?? minor?.[2];
  if (!pythonMinor) {
    const given = project["requires-python"];
    return invalid(path, `requires-python is "${given}", which is not one minor version`, 'write requires-python = "==3.11.*"');
  }
  const profiles = tool.parfocal.profiles ?? { default: { dependencies: [], accelerators: undefined } };
  const requests = Object.entries(profiles).flatMap(([profile, own]): LockRequest[] => {
    const wanted = own.accelerators ?? tool.parfocal.accelerators ?? { cpu: { requirements: [] } };
    const shared = [...project.dependencies, ...own.dependencies];
    const locks = Object.entries(wanted).map(
      ([name, given]): LockRequest => ({
        profile,
        name,
        accelerator: name as Accelerator,
        requirements: [...shared, ...given.requirements],
        platforms: given.platforms ?? null,
        torchBackend: given["torch-backend"] ?? null,
      }),
    );
    const test = groups.test ?? [];
    const extra = { profile, name: "test", accelerator: null, requirements: test, platforms: null, torchBackend: null };
    return test.length > 0 ? [...locks, extra] : locks;
  });
  return { pythonMinor, requests };
}
